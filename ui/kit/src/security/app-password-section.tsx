import { Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { CopyField } from "../components/copy-field.tsx";
import { ProblemAlert } from "../components/states.tsx";
import { RowButton } from "../console/row-button.tsx";
import { useFormat } from "../format.ts";
import { useTranslate } from "../i18n/i18n.ts";
import { type MailProtocol, security } from "./security-api.ts";
import { useReread } from "./use-reread.ts";

export interface AppPasswordSectionProps {
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** One password for each mail program, each for its protocols, shown once, revoked alone (R53). */
export function AppPasswordSection({ run }: AppPasswordSectionProps) {
  const t = useTranslate();
  const format = useFormat();
  const [found, reread] = useReread(security.appPasswords);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>(["imap", "smtp"]);
  const [secret, setSecret] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setError(null);
    try {
      await work();
      reread();
    } catch (problem) {
      setError(problem);
    }
  };
  const add = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(async () => {
      const made = await run(() => security.addAppPassword(name.trim(), chosen as readonly MailProtocol[]));
      setSecret(made.secret);
      setName("");
    });
  };
  return (
    <Stack gap="xs">
      <Text fw={600}>{t("security.apps.title")}</Text>
      <Text size="sm" c="dimmed">
        {t("security.apps.explain")}
      </Text>
      {found?.appPasswords.length === 0 ? <Text size="sm">{t("security.apps.none")}</Text> : null}
      {(found?.appPasswords ?? []).map((password) => (
        <Group key={password.id} justify="space-between">
          <div>
            <Text>{password.name}</Text>
            <Text size="sm" c="dimmed">
              {password.protocols.join(", ").toUpperCase()} ·{" "}
              {password.lastUsedAt === null
                ? t("security.apps.neverUsed")
                : t("security.apps.lastUsed", { when: format.relative(Date.parse(password.lastUsedAt)) })}
            </Text>
          </div>
          <RowButton
            name={t("security.apps.revoke", { name: password.name })}
            onClick={() => void attempt(() => run(() => security.revokeAppPassword(password.id)))}
          >
            {t("kit.delete")}
          </RowButton>
        </Group>
      ))}
      {secret === null ? null : (
        <div className="cf-secret">
          <CopyField label={t("security.apps.shownOnce")} value={secret} />
        </div>
      )}
      <form onSubmit={add}>
        <Stack gap="xs" align="flex-start">
          <TextInput
            label={t("security.apps.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            withAsterisk={false}
          />
          <Checkbox.Group label={t("security.apps.protocols")} value={[...chosen]} onChange={setChosen}>
            <Group mt={4}>
              {(found?.offered ?? []).map((protocol) => (
                <Checkbox key={protocol} value={protocol} label={t(`security.apps.protocol.${protocol}`)} />
              ))}
            </Group>
          </Checkbox.Group>
          <Button type="submit" variant="default" disabled={chosen.length === 0}>
            {t("security.apps.add")}
          </Button>
        </Stack>
      </form>
      <ProblemAlert error={error} />
    </Stack>
  );
}
