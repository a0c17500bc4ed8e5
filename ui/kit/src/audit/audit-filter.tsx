import { Button, Group, Select, TextInput } from "@mantine/core";
import { useAuditText } from "./audit-text.ts";

/** What the log is narrowed to; empty texts do not narrow. Days are the reader's own. */
export interface AuditChoice {
  readonly area: string;
  readonly from: string;
  readonly until: string;
}

export const everything: AuditChoice = { area: "", from: "", until: "" };

const areas = [
  "identity",
  "tenancy",
  "spaces",
  "devices",
  "backup",
  "mailbox",
  "sieve",
  "domains",
  "mailflow",
  "audit",
] as const;
const dayMs = 86_400_000;

/** The query of GET /api/audit and of its export. */
export function auditQuery(choice: AuditChoice, tenantId: string | undefined): Record<string, string> {
  const query: Record<string, string> = {};
  if (tenantId !== undefined) query["tenantId"] = tenantId;
  if (choice.area !== "") query["action"] = choice.area;
  if (choice.from !== "") query["from"] = new Date(`${choice.from}T00:00:00`).toISOString();
  // The last day is included: until the midnight that ends it.
  if (choice.until !== "") query["until"] = new Date(Date.parse(`${choice.until}T00:00:00`) + dayMs).toISOString();
  return query;
}

export interface AuditFilterProps {
  readonly value: AuditChoice;
  readonly onChange: (choice: AuditChoice) => void;
  readonly tenantId: string | undefined;
}

/** Narrows the log and takes the same selection away as a file. */
export function AuditFilter({ value, onChange, tenantId }: AuditFilterProps) {
  const t = useAuditText();
  const file = (format: string) =>
    `/api/audit/export?${new URLSearchParams({ ...auditQuery(value, tenantId), format })}`;
  return (
    <Group align="flex-end">
      <Select
        label={t("audit.area")}
        data={[
          { value: "", label: t("audit.area.all") },
          ...areas.map((area) => ({ value: area, label: t(`audit.area.${area}`) })),
        ]}
        value={value.area}
        onChange={(area) => onChange({ ...value, area: area ?? "" })}
        allowDeselect={false}
      />
      <TextInput
        type="date"
        label={t("audit.from")}
        value={value.from}
        max={value.until === "" ? undefined : value.until}
        onChange={(event) => onChange({ ...value, from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t("audit.until")}
        value={value.until}
        min={value.from === "" ? undefined : value.from}
        onChange={(event) => onChange({ ...value, until: event.currentTarget.value })}
      />
      <Button component="a" variant="default" href={file("csv")} download>
        {t("audit.csv")}
      </Button>
      <Button component="a" variant="default" href={file("json")} download>
        {t("audit.json")}
      </Button>
      <Button component="a" variant="default" href={file("chain")} download>
        {t("audit.chain")}
      </Button>
    </Group>
  );
}
