import { callApi, Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { CustomerSelect } from "@casaforte/ui-kit/console";
import { Button, Checkbox, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useDeskText } from "./desk-text.ts";
import { instantOf } from "./NoticeForm.tsx";

const natures = [
  "unsolicited_mail",
  "malicious_content",
  "unlawful_at_site",
  "overload",
  "nonpayment",
  "compromised_account",
  "authority_order",
] as const;
const severities = ["minor", "serious", "grave"] as const;

/** A breach that reached us otherwise than by a program; nothing follows before somebody decides. */
export function ViolationForm({ onClose }: { readonly onClose: () => void }) {
  const t = useDeskText();
  const client = useQueryClient();
  const [tenantId, setTenant] = useState<string | null>(null);
  const [nature, setNature] = useState<string>("unsolicited_mail");
  const [severity, setSeverity] = useState<string>("serious");
  const [product, setProduct] = useState("mail");
  const [occurred, setOccurred] = useState("");
  const [words, setWords] = useState({ facts: "", clause: "", evidence: "", authorityReference: "" });
  const [isSilent, setSilent] = useState(false);
  const isOrder = nature === "authority_order";
  const note = useMutation({
    mutationFn: () => {
      const { authorityReference, ...rest } = words;
      const ordered = isOrder ? { authorityReference, isSilent } : {};
      const body = { tenantId, nature, severity, product, occurredAt: instantOf(occurred), ...rest, ...ordered };
      return callApi("/api/enforcement/violations", { method: "POST", body });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["enforcement"] });
      onClose();
    },
  });
  const set = (change: Partial<typeof words>) => setWords((before) => ({ ...before, ...change }));
  const isReady = tenantId !== null && occurred !== "" && words.facts.trim() !== "";
  return (
    <Dialog title={t("enf.note")} opened onClose={onClose}>
      <Stack>
        <CustomerSelect
          label={t("enf.tenant")}
          placeholder={t("enf.chooseTenant")}
          value={tenantId}
          onChange={setTenant}
        />
        <Group grow align="flex-start">
          <NativeSelect
            label={t("enf.nature")}
            value={nature}
            onChange={(event) => setNature(event.currentTarget.value)}
            data={natures.map((value) => ({ value, label: t(`enf.nature.${value}`) }))}
          />
          <NativeSelect
            label={t("enf.severity")}
            value={severity}
            onChange={(event) => setSeverity(event.currentTarget.value)}
            data={severities.map((value) => ({ value, label: t(`enf.severity.${value}`) }))}
          />
        </Group>
        <Group grow align="flex-start">
          <NativeSelect
            label={t("enf.product")}
            value={product}
            onChange={(event) => setProduct(event.currentTarget.value)}
            data={[
              { value: "mail", label: t("enf.product.mail") },
              { value: "backup", label: t("enf.product.backup") },
            ]}
          />
          <TextInput
            type="datetime-local"
            label={t("enf.occurred")}
            value={occurred}
            onChange={(event) => setOccurred(event.currentTarget.value)}
          />
        </Group>
        {isOrder ? (
          <>
            <TextInput
              label={t("enf.reference")}
              maxLength={200}
              value={words.authorityReference}
              onChange={(event) => set({ authorityReference: event.currentTarget.value })}
            />
            <Checkbox
              label={t("enf.silent")}
              checked={isSilent}
              onChange={(event) => setSilent(event.currentTarget.checked)}
            />
          </>
        ) : null}
        <Textarea
          label={t("enf.facts")}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4_000}
          value={words.facts}
          onChange={(event) => set({ facts: event.currentTarget.value })}
        />
        <TextInput
          label={t("enf.clause")}
          maxLength={500}
          value={words.clause}
          onChange={(event) => set({ clause: event.currentTarget.value })}
        />
        <TextInput
          label={t("enf.evidence")}
          maxLength={1_000}
          value={words.evidence}
          onChange={(event) => set({ evidence: event.currentTarget.value })}
        />
        <ProblemAlert error={note.error} />
        <Group justify="flex-end">
          <Button loading={note.isPending} disabled={!isReady} onClick={() => note.mutate()}>
            {t("enf.save")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
