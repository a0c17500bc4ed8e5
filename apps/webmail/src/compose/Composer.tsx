import { ErrorState, LoadingState, useFormat } from "@casaforte/ui-kit";
import { useEffect, useState } from "react";
import type { MailClient } from "../jmap/client.ts";
import type { Toast } from "../mail/use-actions.ts";
import { useT } from "../translate.ts";
import { ComposeForm } from "./ComposeForm.tsx";
import type { ComposeStart } from "./start.ts";
import { type StartedDraft, startDraft } from "./start-draft.ts";

export interface ComposerProps {
  readonly client: MailClient;
  readonly start: ComposeStart;
  readonly notify: (toast: Toast | null) => void;
  readonly onClose: () => void;
}

/** The window in which a message is written: docked on a wide screen, the whole of a narrow one. */
export function Composer({ client, start, notify, onClose }: ComposerProps) {
  const t = useT();
  const format = useFormat();
  const [started, setStarted] = useState<StartedDraft | null>(null);
  const [error, setError] = useState<unknown>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a composer starts once; another start is another composer.
  useEffect(() => {
    startDraft(client, start, t, format.dateTime).then(setStarted).catch(setError);
  }, []);
  return (
    <section className="wm-composer" aria-label={t("compose.title")}>
      {error !== null ? (
        <ErrorState error={error} onRetry={onClose} />
      ) : started === null ? (
        <LoadingState />
      ) : (
        <ComposeForm
          client={client.home}
          started={started}
          isAnswer={start.kind === "reply" || start.kind === "replyAll"}
          notify={notify}
          onClose={onClose}
        />
      )}
    </section>
  );
}
