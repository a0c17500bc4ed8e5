import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { RowButton } from "../console/row-button.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import type { AppPasswordSectionProps } from "./app-password-section.tsx";
import { security } from "./security-api.ts";
import { useReread } from "./use-reread.ts";

/** Where a mailbox's link for a forgotten password goes (R76): nothing changes before the mailed link is confirmed. */
export function RecoveryAddressSection({ run }: AppPasswordSectionProps) {
  const t = useTranslate();
  const [address, reread] = useReread(security.recoveryAddress);
  const [wanted, setWanted] = useState("");
  const [sentTo, setSentTo] = useState("");
  const [error, setError] = useState<unknown>(null);
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    setError(null);
    setSentTo("");
    try {
      await run(work);
      reread();
    } catch (problem) {
      setError(problem);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const to = wanted.trim();
    void attempt(async () => {
      await security.requestRecoveryAddress(to);
      setSentTo(to);
      setWanted("");
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" maw={420}>
        <Text fw={600}>{t("security.recoveryAddress.title")}</Text>
        <Text size="sm" c="dimmed">
          {t("security.recoveryAddress.explain")}
        </Text>
        {address === null ? null : (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {address === "" ? t("security.recoveryAddress.none") : t("security.recoveryAddress.now", { address })}
            </Text>
            {address === "" ? null : (
              <RowButton
                name={t("security.recoveryAddress.remove")}
                onClick={() => void attempt(security.removeRecoveryAddress)}
              >
                {t("kit.delete")}
              </RowButton>
            )}
          </Group>
        )}
        <TextInput
          label={t("security.recoveryAddress.next")}
          type="email"
          autoComplete="email"
          maxLength={320}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" variant="default" disabled={wanted.trim() === ""}>
            {t("security.recoveryAddress.send")}
          </Button>
        </Group>
        <Text size="sm" aria-live="polite">
          {sentTo === "" ? "" : t("security.recoveryAddress.sent", { address: sentTo })}
        </Text>
      </Stack>
    </form>
  );
}
