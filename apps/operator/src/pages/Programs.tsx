import { type TokenDesk, TokenSection } from "@casaforte/ui-kit/tokens";
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useT } from "../translate.ts";

const desk: TokenDesk = {
  path: "/api/desk/tokens",
  areas: [
    "customers",
    "tickets",
    "notices",
    "measures",
    "inspections",
    "catalogue",
    "billing",
    "inventory",
    "mail",
    "operation",
  ],
  example: "/api/desk/openapi",
};

/** What programs may do in an operator's name (R78). */
export function Programs() {
  const t = useT();
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} size="h2">
          {t("nav.programs")}
        </Title>
        <Text c="dimmed" maw={760}>
          {t("programs.intro")}
        </Text>
        <Anchor href="/api/desk/openapi">{t("programs.docs")}</Anchor>
      </div>
      <TokenSection desk={desk} />
    </Stack>
  );
}
