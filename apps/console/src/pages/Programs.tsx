import { WithTexts } from "@casaforte/ui-kit";
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { programTexts, useProgramText } from "../programs/program-text.ts";
import { Tokens } from "../programs/Tokens.tsx";
import { Webhooks } from "../programs/Webhooks.tsx";

/** What programs may do in the organisation's name (R78). */
export function Programs() {
  return (
    <WithTexts catalogues={programTexts}>
      <ProgramsPage />
    </WithTexts>
  );
}

function ProgramsPage() {
  const t = useProgramText();
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} size="h2">
          {t("programs.title")}
        </Title>
        <Text c="dimmed" maw={760}>
          {t("programs.intro")}
        </Text>
        <Anchor href="/openapi.json">{t("programs.docs")}</Anchor>
      </div>
      <Tokens />
      <Webhooks />
    </Stack>
  );
}
