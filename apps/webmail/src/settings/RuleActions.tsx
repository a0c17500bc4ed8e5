import type { MailRule } from "@casaforte/contract/filters";
import { Button, CloseButton, Group, Select, Stack, TextInput } from "@mantine/core";
import type { MailClient } from "../jmap/client.ts";
import { useT } from "../translate.ts";
import { folderPaths } from "./folder-paths.ts";

type Action = MailRule["actions"][number];

const kinds = ["move", "copy", "forward", "mark_read", "flag", "discard"] as const;

export interface RuleActionsProps {
  readonly actions: readonly Action[];
  readonly client: MailClient;
  readonly onChange: (actions: readonly Action[]) => void;
}

function actionOf(kind: string | null): Action {
  switch (kind) {
    case "move":
    case "copy":
      return { kind, mailbox: "" };
    case "forward":
      return { kind, address: "" };
    case "flag":
    case "discard":
      return { kind };
    default:
      return { kind: "mark_read" };
  }
}

/** What a rule does, a line each. */
export function RuleActions({ actions, client, onChange }: RuleActionsProps) {
  const t = useT();
  const put = (index: number, action: Action): void => onChange(actions.with(index, action));
  return (
    <Stack gap="xs">
      {actions.map((action, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <Group key={`${index}-${actions.length}`} align="flex-end" gap="xs">
          <Select
            label={t("rules.do")}
            data={kinds.map((value) => ({ value, label: t(`rules.action.${value}`) }))}
            value={action.kind}
            allowDeselect={false}
            w={220}
            onChange={(kind) => put(index, actionOf(kind))}
          />
          {"mailbox" in action ? (
            <Select
              label={t("rules.mailbox")}
              data={folderPaths(client.store.state.mailboxes, t)}
              value={action.mailbox === "" ? null : action.mailbox}
              allowDeselect={false}
              searchable
              flex={1}
              miw={160}
              onChange={(mailbox) => put(index, { ...action, mailbox: mailbox ?? "" })}
            />
          ) : null}
          {"address" in action ? (
            <TextInput
              type="email"
              label={t("rules.address")}
              maxLength={250}
              flex={1}
              miw={160}
              value={action.address}
              onChange={(event) => put(index, { ...action, address: event.currentTarget.value })}
            />
          ) : null}
          <CloseButton
            aria-label={`${t("rules.removeLine")} ${index + 1}`}
            mb={4}
            onClick={() => onChange(actions.filter((_, at) => at !== index))}
          />
        </Group>
      ))}
      <Group>
        <Button
          size="xs"
          variant="subtle"
          disabled={actions.length >= 10}
          onClick={() => onChange([...actions, { kind: "mark_read" }])}
        >
          {t("rules.addAction")}
        </Button>
      </Group>
    </Stack>
  );
}
