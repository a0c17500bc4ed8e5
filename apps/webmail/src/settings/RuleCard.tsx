import type { MailRule } from "@casaforte/contract/filters";
import { Button, Group, Paper, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import type { MailClient } from "../jmap/client.ts";
import { useT } from "../translate.ts";
import { RuleActions } from "./RuleActions.tsx";
import { RuleConditions } from "./RuleConditions.tsx";

export interface RuleCardProps {
  readonly rule: MailRule;
  readonly number: number;
  readonly client: MailClient;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
  readonly onChange: (rule: MailRule) => void;
  readonly onRemove: () => void;
  /** Null: it is the first, or the last. */
  readonly onUp: (() => void) | null;
  readonly onDown: (() => void) | null;
}

/** One rule: a line that says what it does, or its form. */
export function RuleCard(props: RuleCardProps) {
  const { rule, number, client, isOpen, onOpen, onChange, onRemove, onUp, onDown } = props;
  const t = useT();
  const name = rule.name === "" ? t("rules.unnamed", { number }) : rule.name;
  return (
    <Paper withBorder p="md" component="section" aria-label={name}>
      <Group justify="space-between">
        <div>
          <Text fw={600}>{name}</Text>
          <Text size="sm" c="dimmed">
            {useRuleSentence(rule)}
          </Text>
        </div>
        <Group gap="xs">
          <Switch
            aria-label={`${t("rules.on")}: ${name}`}
            checked={rule.isEnabled}
            onChange={(event) => onChange({ ...rule, isEnabled: event.currentTarget.checked })}
          />
          <Button
            size="xs"
            variant="default"
            aria-expanded={isOpen}
            aria-label={`${t(isOpen ? "rules.done" : "rules.edit")}: ${name}`}
            onClick={() => onOpen(!isOpen)}
          >
            {t(isOpen ? "rules.done" : "rules.edit")}
          </Button>
        </Group>
      </Group>
      {isOpen ? (
        <Stack mt="md">
          <TextInput
            label={t("rules.name")}
            maxLength={250}
            value={rule.name}
            onChange={(event) => onChange({ ...rule, name: event.currentTarget.value })}
          />
          <Select
            label={t("rules.match")}
            data={[
              { value: "all", label: t("rules.match.all") },
              { value: "any", label: t("rules.match.any") },
            ]}
            value={rule.match}
            allowDeselect={false}
            onChange={(match) => onChange({ ...rule, match: match === "any" ? "any" : "all" })}
          />
          <RuleConditions
            conditions={rule.conditions}
            onChange={(conditions) => onChange({ ...rule, conditions: [...conditions] })}
          />
          <RuleActions
            actions={rule.actions}
            client={client}
            onChange={(actions) => onChange({ ...rule, actions: [...actions] })}
          />
          <Switch
            label={t("rules.goesOn")}
            checked={rule.goesOn}
            onChange={(event) => onChange({ ...rule, goesOn: event.currentTarget.checked })}
          />
          <Group gap="xs">
            <Button size="xs" variant="default" disabled={onUp === null} onClick={() => onUp?.()}>
              {t("rules.up")}
            </Button>
            <Button size="xs" variant="default" disabled={onDown === null} onClick={() => onDown?.()}>
              {t("rules.down")}
            </Button>
            <Button size="xs" variant="default" onClick={onRemove}>
              {t("rules.remove")}
            </Button>
          </Group>
        </Stack>
      ) : null}
    </Paper>
  );
}

/** `Sender contains “x” → Move to folder Work`. */
function useRuleSentence({ conditions, actions, match }: MailRule): string {
  const t = useT();
  const when = conditions.map(({ subject, header, relation, value }) => {
    const what = subject === "header" ? (header ?? "") : t(`rules.subject.${subject}`);
    return `${what} ${t(`rules.relation.${relation}`)} “${value}”`;
  });
  const then = actions.map((action) => {
    const what = t(`rules.action.${action.kind}`);
    return "mailbox" in action ? `${what} ${action.mailbox}` : "address" in action ? `${what} ${action.address}` : what;
  });
  const joined = when.length === 0 ? t("rules.match.every") : when.join(match === "all" ? " + " : " / ");
  return `${joined} → ${then.join(", ")}`;
}
