import type { MailRule } from "@casaforte/contract/filters";
import { Button, CloseButton, Group, Select, Stack, TextInput } from "@mantine/core";
import { useT } from "../translate.ts";

type Condition = MailRule["conditions"][number];

const subjects = ["from", "to", "subject", "list", "body", "header"] as const;
const relations = ["contains", "lacks", "is", "begins", "ends"] as const;

export interface RuleConditionsProps {
  readonly conditions: readonly Condition[];
  readonly onChange: (conditions: readonly Condition[]) => void;
}

/** The conditions of a rule, a line each; none: every message. */
export function RuleConditions({ conditions, onChange }: RuleConditionsProps) {
  const t = useT();
  const put = (index: number, condition: Condition): void => onChange(conditions.with(index, condition));
  return (
    <Stack gap="xs">
      {conditions.map((condition, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <Group key={`${index}-${conditions.length}`} align="flex-end" gap="xs">
          <Select
            label={t("rules.what")}
            data={subjects.map((value) => ({ value, label: t(`rules.subject.${value}`) }))}
            value={condition.subject}
            allowDeselect={false}
            w={160}
            onChange={(value) => {
              const subject = subjects.find((known) => known === value) ?? "from";
              const { header: _, ...rest } = condition;
              put(index, { ...rest, subject, ...(subject === "header" ? { header: "" } : {}) });
            }}
          />
          {condition.subject === "header" ? (
            <TextInput
              label={t("rules.header")}
              maxLength={100}
              w={160}
              value={condition.header ?? ""}
              onChange={(event) =>
                put(index, { ...condition, header: event.currentTarget.value.replace(/[^\x21-\x39\x3b-\x7e]/g, "") })
              }
            />
          ) : null}
          <Select
            label={t("rules.how")}
            data={relations.map((value) => ({ value, label: t(`rules.relation.${value}`) }))}
            value={condition.relation}
            allowDeselect={false}
            w={160}
            onChange={(value) =>
              put(index, { ...condition, relation: relations.find((known) => known === value) ?? "contains" })
            }
          />
          <TextInput
            label={t("rules.value")}
            maxLength={250}
            flex={1}
            miw={140}
            value={condition.value}
            onChange={(event) => put(index, { ...condition, value: event.currentTarget.value })}
          />
          <CloseButton
            aria-label={`${t("rules.removeLine")} ${index + 1}`}
            mb={4}
            onClick={() => onChange(conditions.filter((_, at) => at !== index))}
          />
        </Group>
      ))}
      <Group>
        <Button
          size="xs"
          variant="subtle"
          disabled={conditions.length >= 20}
          onClick={() => onChange([...conditions, { subject: "from", relation: "contains", value: "" }])}
        >
          {t("rules.addCondition")}
        </Button>
      </Group>
    </Stack>
  );
}
