import { Anchor, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Secret } from "./protocol.ts";
import { useRestoreText } from "./restore-text.ts";

/** Asks for the password or the recovery code. Nothing keeps what is typed: no store of ours, no form history. */
export function UnlockForm({
  isBusy,
  onSecret,
}: {
  readonly isBusy: boolean;
  readonly onSecret: (secret: Secret) => void;
}) {
  const t = useRestoreText();
  const [kind, setKind] = useState<Secret["kind"]>("password");
  const [typed, setTyped] = useState("");
  return (
    <form
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        onSecret(kind === "password" ? { kind, password: typed } : { kind, secret: typed });
      }}
    >
      <Stack>
        {kind === "password" ? (
          <PasswordInput
            label={t("restore.password")}
            description={t("restore.passwordHint")}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            required
          />
        ) : (
          <TextInput
            label={t("restore.recovery")}
            description={t("restore.recoveryHint")}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
          />
        )}
        <Group justify="space-between">
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => {
              setTyped("");
              setKind(kind === "password" ? "recovery" : "password");
            }}
          >
            {t(kind === "password" ? "restore.useRecovery" : "restore.usePassword")}
          </Anchor>
          <Button type="submit" loading={isBusy} disabled={typed === ""}>
            {t("restore.open")}
          </Button>
        </Group>
        <Text size="sm" c="dimmed" role="status" hidden={!isBusy}>
          {isBusy ? t("restore.opening") : ""}
        </Text>
      </Stack>
    </form>
  );
}
