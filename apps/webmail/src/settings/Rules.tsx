import type { FiltersReply, MailRule } from "@casaforte/contract/filters";
import { callApi, LoadingState, ProblemAlert } from "@casaforte/ui-kit";
import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { MailClient } from "../jmap/client.ts";
import { useT } from "../translate.ts";
import { RuleCard } from "./RuleCard.tsx";

const newRule: MailRule = {
  name: "",
  isEnabled: true,
  match: "all",
  conditions: [{ subject: "from", relation: "contains", value: "" }],
  actions: [{ kind: "move", mailbox: "" }],
  goesOn: false,
};

/** Nothing that a rule needs is empty. */
const isComplete = ({ conditions, actions }: MailRule): boolean =>
  actions.length > 0 &&
  conditions.every(({ value, subject, header }) => value !== "" && (subject !== "header" || (header ?? "") !== "")) &&
  actions.every((action) =>
    "mailbox" in action ? action.mailbox !== "" : "address" in action ? action.address !== "" : true,
  );

/** What happens to arriving mail: a list of rules, or the script that somebody wrote by hand. */
export function Rules({ client }: { readonly client: MailClient }) {
  const t = useT();
  const [filters, setFilters] = useState<FiltersReply | null>(null);
  const [rules, setRules] = useState<readonly MailRule[]>([]);
  const [open, setOpen] = useState<number | null>(null);
  const [state, setState] = useState<"idle" | "changed" | "busy" | "saved">("idle");
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    callApi<FiltersReply>("/api/filters").then((reply) => {
      setFilters(reply);
      setRules(reply.rules ?? []);
    }, setError);
  }, []);
  if (filters === null) return error === null ? <LoadingState /> : <ProblemAlert error={error} />;
  if (filters.rules === null)
    return <ByHand script={filters.activeScript} onInstead={() => setFilters({ ...filters, rules: [] })} />;
  const change = (next: readonly MailRule[]): void => {
    setRules(next);
    setState("changed");
  };
  const move = (from: number, to: number): void => {
    const next = [...rules];
    next.splice(to, 0, ...next.splice(from, 1));
    change(next);
    setOpen(null);
  };
  const save = async (): Promise<void> => {
    setState("busy");
    setError(null);
    try {
      setFilters(await callApi<FiltersReply>("/api/filters", { method: "PUT", body: { rules } }));
      setOpen(null);
      setState("saved");
    } catch (problem) {
      setError(problem);
      setState("changed");
    }
  };
  return (
    <Stack maw={720}>
      <Text size="sm" c="dimmed">
        {rules.length === 0 ? `${t("rules.none")}. ${t("rules.none.hint")}` : t("rules.hint")}
      </Text>
      {rules.map((rule, index) => (
        <RuleCard
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no identity but their place
          key={`${index}-${rules.length}`}
          rule={rule}
          number={index + 1}
          client={client}
          isOpen={open === index}
          onOpen={(isOpen) => setOpen(isOpen ? index : null)}
          onChange={(next) => change(rules.with(index, next))}
          onRemove={() => {
            change(rules.filter((_, at) => at !== index));
            setOpen(null);
          }}
          onUp={index === 0 ? null : () => move(index, index - 1)}
          onDown={index === rules.length - 1 ? null : () => move(index, index + 1)}
        />
      ))}
      <ProblemAlert error={error} />
      {rules.every(isComplete) ? null : (
        <Text size="sm" role="status">
          {t("rules.incomplete")}
        </Text>
      )}
      <Group>
        <Button
          variant="default"
          onClick={() => {
            change([...rules, newRule]);
            setOpen(rules.length);
          }}
        >
          {t("rules.add")}
        </Button>
        <Button
          disabled={(state !== "changed" && state !== "busy") || !rules.every(isComplete)}
          loading={state === "busy"}
          onClick={() => void save()}
        >
          {t("kit.save")}
        </Button>
        <Text size="sm" c="dimmed" aria-live="polite">
          {state === "saved" ? t("kit.saved") : state === "changed" ? t("rules.unsaved") : ""}
        </Text>
      </Group>
    </Stack>
  );
}

interface ByHandProps {
  readonly script: FiltersReply["activeScript"];
  readonly onInstead: () => void;
}

function ByHand({ script, onInstead }: ByHandProps) {
  const t = useT();
  const name = script?.name ?? "";
  return (
    <Stack maw={720}>
      <Alert title={t("rules.byHand")}>{t("rules.byHand.hint", { name })}</Alert>
      <Code block tabIndex={0} role="region" aria-label={t("rules.script", { name })}>
        {script?.content ?? ""}
      </Code>
      <Group>
        <Button variant="default" onClick={onInstead}>
          {t("rules.instead")}
        </Button>
      </Group>
    </Stack>
  );
}
