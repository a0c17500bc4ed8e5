import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { SessionReply } from "../auth-api.ts";
import { Dialog } from "../components/dialog.tsx";
import { QrCode } from "../components/qr-code.tsx";
import { ProblemAlert } from "../components/states.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import { type FactorOn, security, type TotpStart } from "./security-api.ts";

export interface FactorProps {
  readonly session: SessionReply;
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** A factor was turned on; its recovery codes, if there are, must be shown now. */
  readonly onFactorOn: (factor: FactorOn) => void;
  readonly onChanged: () => void;
}

/** The authenticator app: on by scanning and proving one code, off by a fresh proof of who it is. */
export function TotpSection({ session, run, onFactorOn, onChanged }: FactorProps) {
  const t = useTranslate();
  const [started, setStarted] = useState<TotpStart | null>(null);
  const [error, setError] = useState<unknown>(null);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setError(null);
    try {
      await work();
    } catch (problem) {
      setError(problem);
    }
  };
  const begin = (): Promise<void> => attempt(async () => setStarted(await run(security.startTotp)));
  const remove = (): Promise<void> =>
    attempt(async () => {
      await run(security.removeTotp);
      onChanged();
    });
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <div>
          <Text fw={600}>{t("security.totp.title")}</Text>
          <Text size="sm" c="dimmed">
            {t(session.hasTotp ? "security.totp.on" : "security.totp.off")}
          </Text>
        </div>
        <Button variant="default" onClick={() => void (session.hasTotp ? remove() : begin())}>
          {t(session.hasTotp ? "security.totp.disable" : "security.totp.enable")}
        </Button>
      </Group>
      <ProblemAlert error={error} />
      {started === null ? null : (
        <EnrolDialog
          started={started}
          isMail={session.realm === "mail"}
          onClose={() => setStarted(null)}
          onOn={(factor) => {
            setStarted(null);
            onFactorOn(factor);
          }}
        />
      )}
    </Stack>
  );
}

interface EnrolDialogProps {
  readonly started: TotpStart;
  readonly isMail: boolean;
  readonly onClose: () => void;
  readonly onOn: (factor: FactorOn) => void;
}

function EnrolDialog({ started, isMail, onClose, onOn }: EnrolDialogProps) {
  const t = useTranslate();
  const [code, setCode] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onOn(await security.confirmTotp(code.trim()));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("security.totp.title")} opened onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text>{t("security.totp.scan")}</Text>
          <QrCode text={started.uri} label={t("security.totp.qr")} />
          <div>
            <Text size="sm" c="dimmed">
              {t("security.totp.cannotScan")}
            </Text>
            <span className="cf-code">{started.secret.replace(/(.{4})(?=.)/g, "$1 ")}</span>
          </div>
          <TextInput
            label={t("security.totp.enterCode")}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          {isMail ? <Text size="sm">{t("security.totp.programs")}</Text> : null}
          <ProblemAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("kit.cancel")}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t("kit.confirm")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
