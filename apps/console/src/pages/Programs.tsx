import { WithTexts } from "@casaforte/ui-kit";
import { type TokenDesk, TokenSection } from "@casaforte/ui-kit/tokens";
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { ObjectChoice } from "../programs/ObjectChoice.tsx";
import { programTexts, useProgramText } from "../programs/program-text.ts";
import { Webhooks } from "../programs/Webhooks.tsx";

/** Tokens for backup and mail, when they do nothing else, can be bound to some spaces and domains. */
const desk: TokenDesk = {
  path: "/api/tokens",
  areas: ["backup", "mail", "orders", "billing", "support", "people", "evidence", "programs"],
  example: "/api/tenant",
  objects: (areas, chosen, onChange) =>
    areas.length > 0 && areas.every((area) => area === "backup" || area === "mail") ? (
      <ObjectChoice
        areas={areas}
        spaceIds={chosen.spaceIds}
        domainIds={chosen.domainIds}
        onSpaces={(spaceIds) => onChange({ ...chosen, spaceIds })}
        onDomains={(domainIds) => onChange({ ...chosen, domainIds })}
      />
    ) : null,
};

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
      <TokenSection desk={desk} />
      <Webhooks />
    </Stack>
  );
}
