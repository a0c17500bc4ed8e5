import { type RequestTransfers, requestedTransfersSchema } from "@casaforte/contract/transfers";
import { ApiProblem, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, NumberInput, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { AccountSelect } from "../mail/AccountSelect.tsx";
import { MailTexts } from "../mail/mail-text.tsx";
import { useMigrationText } from "./migration-text.tsx";
import { useReloadTransfers } from "./transfer-queries.ts";

const ports = { tls: 993, starttls: 143 } as const;
type Security = keyof typeof ports;
type Row = RequestTransfers["rows"][number];

/** Starts the copy of some rows; what the server does not take on is told by line. */
export const requestRows = (rows: readonly Row[], signal?: AbortSignal) =>
  callChecked("/api/mail-transfers", {
    body: { rows },
    reply: requestedTransfersSchema,
    ...(signal ? { signal } : {}),
  });

export function TransferForm({ onDone }: { readonly onDone: () => void }) {
  const t = useMigrationText();
  const reload = useReloadTransfers();
  const [account, setAccount] = useState<{ readonly value: string; readonly label: string } | null>(null);
  const [host, setHost] = useState("");
  const [security, setSecurity] = useState<Security>("tls");
  const [port, setPort] = useState<number | string>(ports.tls);
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const start = useMutation({
    mutationFn: async () => {
      const row = { line: 1, address: account?.label ?? "", host: host.trim(), security, user: user.trim(), password };
      const { rows } = await requestRows([{ ...row, port: Number(port) || ports[security] }]);
      const code = rows[0]?.code ?? null;
      if (code !== null) throw new ApiProblem(422, code, code);
    },
    onSuccess: () => {
      reload();
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <Stack>
        <MailTexts>
          <AccountSelect label={t("migration.mailbox")} value={account} onChange={setAccount} />
        </MailTexts>
        <TextInput
          label={t("migration.host")}
          description={t("migration.hostHint")}
          value={host}
          onChange={(event) => setHost(event.currentTarget.value)}
          required
          maxLength={253}
          autoComplete="off"
          spellCheck={false}
        />
        <Group grow align="flex-start">
          <Select
            label={t("migration.security")}
            data={(["tls", "starttls"] as const).map((value) => ({ value, label: t(`migration.security.${value}`) }))}
            value={security}
            onChange={(value) => {
              const next: Security = value === "starttls" ? "starttls" : "tls";
              setSecurity(next);
              setPort(ports[next]);
            }}
            allowDeselect={false}
          />
          <NumberInput label={t("migration.port")} value={port} onChange={setPort} min={1} max={65_535} required />
        </Group>
        <TextInput
          label={t("migration.user")}
          description={t("migration.userHint")}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          required
          maxLength={320}
          autoComplete="off"
          spellCheck={false}
        />
        <PasswordInput
          label={t("migration.password")}
          description={t("migration.passwordHint")}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          required
          maxLength={1000}
          autoComplete="off"
        />
        <ProblemAlert error={start.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending} disabled={account === null}>
            {t("migration.start")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
