import type { TransferReply } from "@casaforte/contract/transfers";
import { ApiProblem, ProblemAlert, useProblemSentence } from "@casaforte/ui-kit";
import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useMigrationText } from "./migration-text.tsx";
import { useTransferAct } from "./transfer-queries.ts";

/** Goes on where it stood; with another password when the one it had was refused. */
export function ResumeForm({ transfer, onDone }: { readonly transfer: TransferReply; readonly onDone: () => void }) {
  const t = useMigrationText();
  const sentence = useProblemSentence();
  const act = useTransferAct(transfer.id, onDone);
  const [password, setPassword] = useState("");
  const { problem } = transfer;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        act.mutate({ verb: "resume", body: password === "" ? {} : { password } });
      }}
    >
      <Stack>
        <Text>{transfer.address}</Text>
        {problem === null ? null : <Text size="sm">{sentence(new ApiProblem(422, problem, problem))}</Text>}
        <PasswordInput
          label={t("migration.newPassword")}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          required={problem === "transfers.login_refused"}
          maxLength={1000}
          autoComplete="off"
          data-autofocus
        />
        <ProblemAlert error={act.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={act.isPending}>
            {t("migration.resume")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
