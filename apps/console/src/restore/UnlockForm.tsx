import type { OpenRestoreReply } from "@casaforte/contract/restore";
import { useFormat } from "@casaforte/ui-kit";
import { Anchor, Button, Group, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Secret } from "./protocol.ts";
import { useRestoreText } from "./restore-text.ts";

/** Asks for the password or the recovery code. Nothing keeps what is typed: no store of ours, no form history. */
export function UnlockForm({
  isBusy,
  keyrings,
  onSecret,
}: {
  readonly isBusy: boolean;
  /** Versions of the keyring to choose from; null: the newest, and no question. */
  readonly keyrings: OpenRestoreReply["keyringVersions"] | null;
  readonly onSecret: (secret: Secret, keyringVersion?: number) => void;
}) {
  const t = useRestoreText();
  const [kind, setKind] = useState<Secret["kind"]>("password");
  const [typed, setTyped] = useState("");
  const [version, setVersion] = useState<string | null>(null);
  const format = useFormat();
  const newest = keyrings?.at(-1)?.version;
  return (
    <form
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        const secret = kind === "password" ? { kind, password: typed } : { kind, secret: typed };
        onSecret(secret, keyrings === null || version === null ? undefined : Number(version));
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
        {keyrings === null ? null : (
          <Select
            label={t("restore.keyring")}
            description={t("restore.keyringHint")}
            data={keyrings.toReversed().map((kept) => ({
              value: String(kept.version),
              label: t(kept.version === newest ? "restore.keyringNewest" : "restore.keyringOf", {
                version: kept.version,
                when: format.dateTime(Date.parse(kept.storedAt)),
              }),
            }))}
            value={version ?? String(newest)}
            allowDeselect={false}
            onChange={setVersion}
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
