import { useFormat } from "@casaforte/ui-kit";
import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Icon, type IconName } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { type MailState, useMailState } from "../jmap/store.ts";
import type { Mailbox } from "../jmap/types.ts";
import { go, routePath } from "../route.ts";
import { type MessageId, useT } from "../translate.ts";
import { NewFolder } from "./NewFolder.tsx";
import { SharedAccounts } from "./SharedAccounts.tsx";

const roles = ["inbox", "drafts", "sent", "archive", "junk", "trash"] as const;
const isRole = (role: string | null): role is (typeof roles)[number] => roles.some((known) => known === role);

/** A mailbox's name: of its role in the reader's language, else its own. */
export function useMailboxName(): (mailbox: Mailbox) => string {
  const t = useT();
  return (mailbox) => (isRole(mailbox.role) ? t(`mail.role.${mailbox.role}` satisfies MessageId) : mailbox.name);
}

/** Mailboxes with roles in a fixed order, then the others by name below their parents, with their depth. */
export function orderedMailboxes(mailboxes: MailState["mailboxes"]): readonly (readonly [Mailbox, number])[] {
  const all = [...mailboxes.values()];
  const ordered: (readonly [Mailbox, number])[] = [];
  const place = (mailbox: Mailbox, depth: number): void => {
    ordered.push([mailbox, depth]);
    for (const child of all.filter((other) => other.parentId === mailbox.id).sort(byName)) place(child, depth + 1);
  };
  for (const role of roles) for (const mailbox of all) if (mailbox.role === role) place(mailbox, 0);
  for (const mailbox of all.filter((other) => !isRole(other.role) && other.parentId === null).sort(byName)) {
    place(mailbox, 0);
  }
  return ordered;
}

const byName = (a: Mailbox, b: Mailbox): number => a.sortOrder - b.sortOrder || a.name.localeCompare(b.name);
const selectMailboxes = (state: MailState): MailState["mailboxes"] => state.mailboxes;

export interface SidebarProps {
  readonly client: MailClient;
  readonly currentId: string | null;
  readonly onCompose: () => void;
  readonly onFollow: () => void;
  /** Another account is to be shown. */
  readonly onEnter: (client: MailClient) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Mailboxes with their unread counts, and the way to a new message. */
export function Sidebar({ client, currentId, onCompose, onFollow, onEnter, onTrouble }: SidebarProps) {
  const t = useT();
  const nameOf = useMailboxName();
  const mailboxes = useMailState(client.store, selectMailboxes);
  return (
    <nav className="wm-sidebar" aria-label={t("mail.mailboxes")}>
      <Button leftSection={<Icon name="compose" />} onClick={onCompose} fullWidth mb="sm">
        {t("mail.compose")}
      </Button>
      {client.sharedName === null ? null : (
        <Text size="xs" c="dimmed" truncate title={client.sharedName} px="xs" mb={4}>
          {client.sharedName}
        </Text>
      )}
      <ul className="wm-mailboxes">
        {orderedMailboxes(mailboxes).map(([mailbox, depth]) => {
          const count = mailbox.role === "drafts" ? mailbox.totalEmails : mailbox.unreadEmails;
          const isCounted = count > 0 && mailbox.role !== "trash" && mailbox.role !== "sent";
          return (
            <li key={mailbox.id}>
              <a
                href={routePath({ mailboxId: mailbox.id })}
                className="wm-mailbox"
                style={{ paddingInlineStart: `${0.6 + depth * 0.9}rem` }}
                aria-current={mailbox.id === currentId ? "page" : undefined}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                  event.preventDefault();
                  go({ mailboxId: mailbox.id });
                  onFollow();
                }}
              >
                <Icon name={isRole(mailbox.role) ? (mailbox.role satisfies IconName) : "folder"} />
                <span className="wm-mailbox-name">{nameOf(mailbox)}</span>
                {isCounted ? (
                  <span className="wm-count">
                    <span aria-hidden="true">{count}</span>
                    <span className="wm-hidden">
                      {mailbox.role === "drafts" ? count : t("mail.unreadCount", { count })}
                    </span>
                  </span>
                ) : null}
              </a>
            </li>
          );
        })}
      </ul>
      {client.mayCreateFolder ? <NewFolder client={client} /> : null}
      <SharedAccounts client={client} onEnter={onEnter} onTrouble={onTrouble} />
      <Quota client={client} />
    </nav>
  );
}

interface QuotaReply {
  readonly list: readonly { readonly used: number; readonly hardLimit: number }[];
}

function Quota({ client }: { readonly client: MailClient }) {
  const t = useT();
  const format = useFormat();
  const [quota, setQuota] = useState<QuotaReply["list"][number] | null>(null);
  useEffect(() => {
    void client.batcher
      .call<QuotaReply>("Quota/get", { accountId: client.accountId, ids: null })
      .then((reply) => setQuota(reply.list[0] ?? null))
      .catch(() => setQuota(null));
  }, [client]);
  if (quota === null) return null;
  const share = Math.min(100, (quota.used / quota.hardLimit) * 100);
  return (
    <div className="wm-quota">
      <div className="wm-quota-bar" aria-hidden="true">
        <span style={{ width: `${share}%` }} data-full={share >= 90 || undefined} />
      </div>
      <Text size="xs" c="dimmed">
        {t("mail.quota", { used: format.bytes(quota.used), limit: format.bytes(quota.hardLimit) })}
      </Text>
    </div>
  );
}
