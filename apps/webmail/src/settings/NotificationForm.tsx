import { LoadingState, ProblemAlert, useLanguage } from "@casaforte/ui-kit";
import { Button, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { MailClient } from "../jmap/client.ts";
import { type PushState, readPushState, startPush, stopPush } from "../push/browser-push.ts";
import { useT } from "../translate.ts";

/** New mail told of while the webmail is closed: asked for by a button, never by itself. */
export function NotificationForm({ client }: { readonly client: MailClient }) {
  const t = useT();
  const language = useLanguage();
  const [state, setState] = useState<PushState | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    readPushState(client.home).then(setState, setError);
  }, [client]);
  if (state === null) return error === null ? <LoadingState /> : <ProblemAlert error={error} />;
  const change = async (work: () => Promise<PushState>): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setState(await work());
    } catch (trouble) {
      setError(trouble);
    } finally {
      setBusy(false);
    }
  };
  const stop = async (): Promise<PushState> => {
    await stopPush(client.home);
    return "off";
  };
  return (
    <Stack align="flex-start">
      <Text size="sm" aria-live="polite">
        {t(`notifications.${state}`)}
      </Text>
      <ProblemAlert error={error} />
      {(state === "off" || state === "unreachable") && (
        <Button variant="default" loading={isBusy} onClick={() => void change(() => startPush(client.home, language))}>
          {t("notifications.start")}
        </Button>
      )}
      {state === "on" && (
        <Button variant="default" loading={isBusy} onClick={() => void change(stop)}>
          {t("notifications.stop")}
        </Button>
      )}
    </Stack>
  );
}
