import { ErrorState, LoadingState } from "@casaforte/ui-kit";
import { Title } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ReplyKind } from "../compose/reply.ts";
import type { MailClient } from "../jmap/client.ts";
import type { Email } from "../jmap/types.ts";
import { useT } from "../translate.ts";
import { MessageCard } from "./MessageCard.tsx";
import { conversation, mailboxOfRole } from "./targets.ts";

export interface ReaderProps {
  readonly client: MailClient;
  readonly emailId: string;
  readonly isWhole: boolean;
  readonly onReply: (kind: ReplyKind, emailId: string) => void;
  readonly onEditDraft: (emailId: string) => void;
  readonly onSeen: (emailIds: readonly string[]) => void;
  /** The message does not exist any more. */
  readonly onGone: () => void;
}

/** The conversation as one stable list, made anew only when one of its messages was replaced. */
function useConversation(client: MailClient, emailId: string, isWhole: boolean): readonly Email[] {
  const { store } = client;
  const read = useMemo(() => {
    let kept: readonly Email[] = [];
    return () => {
      const { state } = store;
      const trash = mailboxOfRole(state, "trash")?.id ?? "";
      const now = conversation(state, emailId, isWhole).filter(
        (email) => email.id === emailId || !email.mailboxIds[trash],
      );
      if (now.length !== kept.length || now.some((email, index) => email !== kept[index])) kept = now;
      return kept;
    };
  }, [store, emailId, isWhole]);
  return useSyncExternalStore(store.subscribe, read);
}

/** An open conversation: older, read messages folded, the others open. */
export function Reader({ client, emailId, isWhole, onReply, onEditDraft, onSeen, onGone }: ReaderProps) {
  const t = useT();
  const emails = useConversation(client, emailId, isWhole);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<unknown>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const started = useRef<string | null>(null);
  const last = emails.at(-1)?.id;
  const isOpen = useCallback(
    (email: Email): boolean => email.id === last || email.id === emailId || unfolded.has(email.id),
    [last, emailId, unfolded],
  );
  useEffect(() => {
    if (started.current === emailId || emails.length === 0) return;
    started.current = emailId;
    const unread = emails.filter((email) => !email.keywords["$seen"]).map((email) => email.id);
    setUnfolded(new Set(unread));
    setError(null);
    heading.current?.focus({ preventScroll: true });
    if (unread.length > 0) onSeen(unread);
  }, [emailId, emails, onSeen]);
  const openIds = emails.filter(isOpen).map((email) => email.id);
  const wanted = openIds.join(" ");
  const load = useCallback(() => {
    setError(null);
    if (wanted !== "") client.openBodies(wanted.split(" ")).catch(setError);
  }, [client, wanted]);
  useEffect(load, [load]);
  const isMissing = emails.length === 0;
  useEffect(() => {
    if (!isMissing) return;
    client
      .openConversation(emailId)
      .then((isThere) => {
        if (!isThere) onGone();
      })
      .catch(setError);
  }, [client, emailId, isMissing, onGone]);
  const subject = emails.find((email) => email.id === emailId)?.subject;
  if (isMissing) return error === null ? <LoadingState /> : <ErrorState error={error} onRetry={load} />;
  return (
    <article className="wm-reader" aria-label={subject || t("mail.noSubject")}>
      <Title order={1} className="wm-subject" ref={heading} tabIndex={-1}>
        {subject || t("mail.noSubject")}
      </Title>
      {error === null ? null : <ErrorState error={error} onRetry={load} />}
      {emails.map((email) => (
        <MessageCard
          key={email.id}
          client={client}
          email={email}
          isOpen={isOpen(email)}
          isLast={email.id === last}
          onToggle={() => setUnfolded((ids) => toggled(ids, email.id))}
          onReply={onReply}
          onEditDraft={onEditDraft}
        />
      ))}
    </article>
  );
}

/** The set with one member put in or taken out. */
export function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}
