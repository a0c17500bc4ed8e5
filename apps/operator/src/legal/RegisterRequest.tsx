import { legalIdReplySchema } from "@casaforte/contract/compliance";
import { Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { CustomerSelect, callChecked } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Checkbox, Group, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { holdsQuery, legalRequestsQuery, useLegalText } from "./legal-text.tsx";

const kinds = ["production", "emergency", "preservation"] as const;
const parts = ["mail", "settings"] as const;

const empty = {
  kind: "production" as (typeof kinds)[number],
  authority: "",
  act: "",
  legalBasis: "",
  tenantId: null as string | null,
  parts: ["mail"] as string[],
  accounts: "",
  receivedAt: "",
  gag: true,
};

/** The form of what an authority asks for (R58). */
export function RegisterRequest() {
  const t = useLegalText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [isOpen, setOpen] = useState(false);
  const [draft, setDraft] = useState(empty);
  const change = (more: Partial<typeof empty>) => setDraft((before) => ({ ...before, ...more }));
  const save = useMutation({
    mutationFn: () => {
      const { tenantId, accounts, receivedAt, parts: chosen, ...said } = draft;
      const mailAccounts = accounts.split(/[\s,;]+/).filter((address) => address !== "");
      const body = {
        ...said,
        tenantId,
        receivedAt: new Date(receivedAt).toISOString(),
        scope: { parts: chosen, ...(mailAccounts.length > 0 ? { mailAccounts } : {}) },
      };
      return run(() => callChecked("/api/legal-requests", { body, reply: legalIdReplySchema }));
    },
    async onSuccess() {
      setOpen(false);
      setDraft(empty);
      await client.invalidateQueries({ queryKey: legalRequestsQuery.queryKey });
      await client.invalidateQueries({ queryKey: holdsQuery.queryKey });
    },
  });
  const isWhole =
    draft.tenantId !== null &&
    draft.receivedAt !== "" &&
    [draft.authority, draft.act, draft.legalBasis].every((text) => text.trim() !== "");
  const field = (name: "authority" | "act" | "legalBasis", label: string, max: number) => (
    <TextInput
      label={label}
      value={draft[name]}
      maxLength={max}
      required
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("legal.new")}</Button>
      <Dialog title={t("legal.new")} opened={isOpen} onClose={() => setOpen(false)}>
        <Stack>
          <Select
            label={t("legal.kind")}
            data={kinds.map((kind) => ({ value: kind, label: t(`legal.kind.${kind}`) }))}
            value={draft.kind}
            allowDeselect={false}
            onChange={(kind) => change({ kind: kinds.find((each) => each === kind) ?? "production" })}
          />
          <CustomerSelect
            label={t("legal.customer")}
            value={draft.tenantId}
            onChange={(tenantId) => change({ tenantId })}
            required
          />
          {field("authority", t("legal.authority"), 200)}
          {field("act", t("legal.act"), 200)}
          {field("legalBasis", t("legal.basis"), 500)}
          <TextInput
            type="datetime-local"
            label={t("legal.received")}
            value={draft.receivedAt}
            required
            onChange={(event) => change({ receivedAt: event.currentTarget.value })}
          />
          <Checkbox.Group label={t("legal.parts")} value={draft.parts} onChange={(chosen) => change({ parts: chosen })}>
            <Group mt="xs">
              {parts.map((part) => (
                <Checkbox key={part} value={part} label={t(`legal.parts.${part}`)} />
              ))}
            </Group>
          </Checkbox.Group>
          <TextInput
            label={t("legal.accounts")}
            description={t("legal.accountsHint")}
            value={draft.accounts}
            maxLength={10_000}
            onChange={(event) => change({ accounts: event.currentTarget.value })}
          />
          <Checkbox
            label={t("legal.gag")}
            checked={draft.gag}
            onChange={(event) => change({ gag: event.currentTarget.checked })}
          />
          <ProblemAlert error={save.error} />
          <Group justify="flex-end">
            <Button disabled={!isWhole} loading={save.isPending} onClick={() => save.mutate()}>
              {t("legal.save")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialog}
    </>
  );
}
