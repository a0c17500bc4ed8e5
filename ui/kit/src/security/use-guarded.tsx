import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, type ReactNode, useCallback, useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ProblemAlert } from "../components/states.tsx";
import { ApiProblem } from "../http.ts";
import { useTranslate } from "../i18n/i18n.ts";
import { security } from "./security-api.ts";

const needsProof = (error: unknown): boolean =>
  error instanceof ApiProblem && /reauthentication|not_fresh/.test(error.code);

/**
 * Runs changes that the server allows only shortly after a proof of who it is: asks for the password when told so, then
 * runs the change again. `dialog` must be rendered.
 */
export function useGuarded(): {
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly dialog: ReactNode;
} {
  const [waiting, setWaiting] = useState<{ readonly go: () => void; readonly stop: () => void } | null>(null);
  const run = useCallback(async <Result,>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (!needsProof(error)) throw error;
      await new Promise<void>((resolve, reject) => setWaiting({ go: resolve, stop: () => reject(error) }));
      return await work();
    }
  }, []);
  const dialog =
    waiting === null ? null : (
      <ProofDialog
        onProven={() => {
          setWaiting(null);
          waiting.go();
        }}
        onClose={() => {
          setWaiting(null);
          waiting.stop();
        }}
      />
    );
  return { run, dialog };
}

function ProofDialog({ onProven, onClose }: { readonly onProven: () => void; readonly onClose: () => void }) {
  const t = useTranslate();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await security.reauthenticate(password);
      onProven();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("security.reauth.title")} opened onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text>{t("security.reauth.explain")}</Text>
          <PasswordInput
            label={t("security.password.current")}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            data-autofocus
          />
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
