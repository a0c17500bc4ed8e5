import { EmptyState, ErrorState } from "@casaforte/ui-kit";
import { Skeleton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef } from "react";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { type ListQuery, listKey } from "../jmap/list.ts";
import { type MailState, useMailState } from "../jmap/store.ts";
import { useT } from "../translate.ts";
import { MessageRow } from "./MessageRow.tsx";

/** Fixed, so that a list of 50,000 needs no measuring. */
const rowHeightPx = 76;

export interface MessageListProps {
  readonly client: MailClient;
  readonly query: ListQuery;
  readonly label: string;
  /** What this list is, for its empty state. */
  readonly kind: "inbox" | "folder" | "search";
  readonly showsRecipients: boolean;
  readonly openId: string | null;
  readonly cursor: number;
  readonly selected: ReadonlySet<string>;
  readonly onOpen: (emailId: string, index: number) => void;
  readonly onToggle: (emailId: string, index: number) => void;
  readonly onStar: (emailId: string, isSet: boolean) => void;
}

/** A window on a list of any length: rows in sight are there, the rest is fetched as it comes near. */
export function MessageList(props: MessageListProps) {
  const { client, query, cursor } = props;
  const key = listKey(query);
  const list = useMailState(
    client.store,
    useCallback((state: MailState) => state.lists.get(key), [key]),
  );
  const box = useRef<HTMLDivElement>(null);
  const total = list?.total ?? null;
  const virtual = useVirtualizer({
    count: total ?? 12,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeightPx,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = (items.at(-1)?.index ?? 20) + 1;
  useEffect(() => client.lists.show(query, first, last), [client, query, first, last]);
  useEffect(() => {
    if (cursor >= 0 && total !== null && cursor < total) virtual.scrollToIndex(cursor, { align: "auto" });
  }, [cursor, total, virtual]);
  if (list?.error != null && total === null) {
    return <ErrorState error={list.error} onRetry={() => client.lists.show(query, 0, 1)} />;
  }
  if (total === 0) return <EmptyList kind={props.kind} />;
  return (
    <div ref={box} className="wm-list" data-testid="message-list">
      <ul aria-label={props.label} aria-busy={total === null} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const id = list?.ids[item.index];
          return (
            <li
              key={id ?? `hole-${item.index}`}
              className="wm-list-item"
              aria-setsize={total ?? -1}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start}px)`, height: rowHeightPx }}
            >
              {id === undefined ? (
                <div className="wm-row-skeleton">
                  <Skeleton height={10} width="40%" />
                  <Skeleton height={10} width="75%" />
                  <Skeleton height={10} width="60%" />
                </div>
              ) : (
                <MessageRow
                  {...props}
                  id={id}
                  index={item.index}
                  isCursor={item.index === Math.max(0, cursor)}
                  isSelected={props.selected.has(id)}
                />
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function EmptyList({ kind }: { readonly kind: MessageListProps["kind"] }) {
  const t = useT();
  switch (kind) {
    case "inbox":
      return (
        <EmptyState
          title={t("mail.empty.inbox.title")}
          text={t("mail.empty.inbox.text")}
          icon={<Icon name="inbox" size={40} />}
        />
      );
    case "folder":
      return <EmptyState title={t("mail.empty.folder.title")} icon={<Icon name="folder" size={40} />} />;
    case "search":
      return (
        <EmptyState
          title={t("mail.empty.search.title")}
          text={t("mail.empty.search.text")}
          icon={<Icon name="search" size={40} />}
        />
      );
  }
}
