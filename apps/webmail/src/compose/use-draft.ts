import { useCallback, useEffect, useRef, useState } from "react";
import type { MailClient } from "../jmap/client.ts";
import { type DraftContent, saveDraft } from "../jmap/submission.ts";

const idleMs = 2_000;

export type SaveState = "clean" | "dirty" | "saving" | "failed";

/** A draft that keeps itself on the server two seconds after the last change, one save at a time. */
export function useDraft(client: MailClient, initial: DraftContent, initialId: string | null) {
  const [draft, setDraft] = useState(initial);
  const [state, setState] = useState<SaveState>("clean");
  const latest = useRef({ draft: initial, id: initialId, isStopped: false });
  const running = useRef<Promise<void> | null>(null);

  const save = useCallback(async (): Promise<void> => {
    if (running.current !== null) await running.current;
    const { draft: content, id, isStopped } = latest.current;
    if (isStopped) return;
    setState("saving");
    running.current = saveDraft(client, content, id)
      .then((newId) => {
        latest.current.id = newId;
        setState(latest.current.draft === content ? "clean" : "dirty");
      })
      .catch(() => setState("failed"))
      .finally(() => {
        running.current = null;
      });
    await running.current;
  }, [client]);

  const change = useCallback((part: Partial<DraftContent>) => {
    latest.current.draft = { ...latest.current.draft, ...part };
    setDraft(latest.current.draft);
    setState("dirty");
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the draft starts the wait anew.
  useEffect(() => {
    if (state !== "dirty") return;
    const timer = setTimeout(() => void save(), idleMs);
    return () => clearTimeout(timer);
  }, [draft, state, save]);

  /** No more saves: the message is sent or thrown away. Answers the id of the kept draft once none is running. */
  const stop = useCallback(async (): Promise<string | null> => {
    latest.current.isStopped = true;
    if (running.current !== null) await running.current;
    return latest.current.id;
  }, []);

  /** Saves go on: sending failed. */
  const resume = useCallback(() => {
    latest.current.isStopped = false;
    setState("dirty");
  }, []);

  return { draft, state, change, save, stop, resume };
}
