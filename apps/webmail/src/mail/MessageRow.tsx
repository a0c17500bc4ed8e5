import { useFormat } from "@casaforte/ui-kit";
import { Checkbox, UnstyledButton } from "@mantine/core";
import { memo, useMemo, useSyncExternalStore } from "react";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import type { ListQuery } from "../jmap/list.ts";
import { useT } from "../translate.ts";
import { type RowSummary, rowSummary } from "./targets.ts";

export interface MessageRowProps {
  readonly client: MailClient;
  readonly query: ListQuery;
  readonly id: string;
  readonly index: number;
  readonly showsRecipients: boolean;
  readonly openId: string | null;
  readonly isCursor: boolean;
  readonly isSelected: boolean;
  readonly onOpen: (emailId: string, index: number) => void;
  readonly onToggle: (emailId: string, index: number) => void;
  readonly onStar: (emailId: string, isSet: boolean) => void;
}

/** The summary of a row, made anew only when one of its parts was replaced. */
function useRowSummary({ client, id, query, showsRecipients }: MessageRowProps): RowSummary | null {
  const { store } = client;
  const read = useMemo(() => {
    let seen: readonly unknown[] = [];
    let summary: RowSummary | null = null;
    return () => {
      const { state } = store;
      const email = state.emails.get(id);
      const thread = email === undefined ? undefined : state.threads.get(email.threadId);
      const parts = [email, thread, ...(thread ?? []).map((other) => state.emails.get(other))];
      if (parts.length !== seen.length || parts.some((part, index) => part !== seen[index])) {
        seen = parts;
        summary = rowSummary(state, id, query.collapseThreads, showsRecipients);
      }
      return summary;
    };
  }, [store, id, query, showsRecipients]);
  return useSyncExternalStore(store.subscribe, read);
}

/** One row: tick, people, subject, first words, date, star. Only the row of the cursor takes part in Tab. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { id, index, isCursor, isSelected, openId } = props;
  const t = useT();
  const format = useFormat();
  const row = useRowSummary(props);
  if (row === null) return null;
  const { email } = row;
  const tabIndex = isCursor ? 0 : -1;
  const subject = email.subject || t("mail.noSubject");
  const people = row.people.length === 0 ? t("mail.noSender") : row.people.slice(0, 3).join(", ");
  const isDraft = email.keywords["$draft"] === true;
  return (
    <div
      className="wm-row"
      data-unread={row.isUnread || undefined}
      data-open={openId === id || undefined}
      data-selected={isSelected || undefined}
    >
      <Checkbox
        size="xs"
        className="wm-row-tick"
        checked={isSelected}
        tabIndex={tabIndex}
        onChange={() => props.onToggle(id, index)}
        aria-label={t("mail.select", { name: people, subject })}
      />
      <UnstyledButton
        className="wm-row-main"
        data-row={index}
        tabIndex={tabIndex}
        aria-current={openId === id ? "true" : undefined}
        onClick={() => props.onOpen(id, index)}
      >
        <span className="wm-row-top">
          {row.isUnread ? <span className="wm-hidden">{t("mail.unread")}: </span> : null}
          <span className="wm-row-people">
            {isDraft ? <em>{t("mail.draft")}: </em> : null}
            {people}
          </span>
          {row.count > 1 ? (
            <span className="wm-row-threads">
              <span aria-hidden="true">{row.count}</span>
              <span className="wm-hidden">{t("mail.threadCount", { count: row.count })}</span>
            </span>
          ) : null}
          <time className="wm-row-date" dateTime={email.receivedAt}>
            {format.short(Date.parse(email.receivedAt))}
          </time>
        </span>
        <span className="wm-row-subject">
          {subject}
          {row.hasAttachment ? (
            <span className="wm-row-clip">
              <Icon name="clip" size={14} />
              <span className="wm-hidden">{t("mail.attachment")}</span>
            </span>
          ) : null}
        </span>
        <span className="wm-row-preview">{email.preview}</span>
      </UnstyledButton>
      <UnstyledButton
        className="wm-row-star"
        tabIndex={tabIndex}
        aria-pressed={row.isFlagged}
        aria-label={t("mail.flagged")}
        onClick={() => props.onStar(id, !row.isFlagged)}
      >
        <Icon name="star" size={16} isFilled={row.isFlagged} />
      </UnstyledButton>
    </div>
  );
});
