import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { RowButton } from "../console/row-button.tsx";
import { useFormat } from "../format.ts";
import { useTranslate } from "../i18n/i18n.ts";
import { security } from "./security-api.ts";
import type { FactorProps } from "./totp-section.tsx";
import { useReread } from "./use-reread.ts";

/** Passkeys: list, add, remove. */
export function PasskeySection({ run, onFactorOn, onChanged }: FactorProps) {
  const t = useTranslate();
  const format = useFormat();
  const [passkeys, reread] = useReread(security.passkeys);
  const [name, setName] = useState("");
  const [error, setError] = useState<unknown>(null);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setError(null);
    try {
      await work();
      reread();
    } catch (problem) {
      // The person closed the browser's own question: nothing to report.
      if (!(problem instanceof DOMException && problem.name === "NotAllowedError")) setError(problem);
    }
  };
  const add = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(async () => {
      onFactorOn(await run(() => security.addPasskey(name.trim() || navigator.platform || "Passkey")));
      setName("");
    });
  };
  return (
    <Stack gap="xs">
      <Text fw={600}>{t("security.passkeys.title")}</Text>
      {passkeys?.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("security.passkeys.none")}
        </Text>
      ) : null}
      {(passkeys ?? []).map((passkey) => (
        <Group key={passkey.id} justify="space-between">
          <div>
            <Text>{passkey.name}</Text>
            <Text size="sm" c="dimmed">
              {t("security.passkeys.added", { date: format.dateTime(Date.parse(passkey.createdAt)) })}
            </Text>
          </div>
          <RowButton
            name={t("security.passkeys.remove", { name: passkey.name })}
            onClick={() =>
              void attempt(async () => {
                await run(() => security.removePasskey(passkey.id));
                onChanged();
              })
            }
          >
            {t("kit.delete")}
          </RowButton>
        </Group>
      ))}
      <form onSubmit={add}>
        <Group align="flex-end">
          <TextInput
            label={t("security.passkeys.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            {t("security.passkeys.add")}
          </Button>
        </Group>
      </form>
      <ProblemAlert error={error} />
    </Stack>
  );
}
