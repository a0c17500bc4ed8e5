import { EmptyState, LoadingState } from "@casaforte/ui-kit";
import { useLingui } from "@lingui/react";
import { Button } from "@mantine/core";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ReplyKind } from "../compose/reply.ts";
import type { ComposeStart } from "../compose/start.ts";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { type ListQuery, listKey } from "../jmap/list.ts";
import { changeEmails } from "../jmap/mutations.ts";
import { type MailState, useMailState } from "../jmap/store.ts";
import { useReadingPreferences } from "../reading-preferences.ts";
import { go, useRoute } from "../route.ts";
import { searchFilter } from "../search.ts";
import { useT } from "../translate.ts";
import { Header } from "./Header.tsx";
import { loadMailBody } from "./load-mail-body.ts";
import { MessageList } from "./MessageList.tsx";
import { Reader, toggled } from "./Reader.tsx";
import { orderedMailboxes, Sidebar, useMailboxName } from "./Sidebar.tsx";
import { ToastBar } from "./ToastBar.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { mailboxOfRole, takesMail } from "./targets.ts";
import { type Toast, useActions } from "./use-actions.ts";
import { useShortcuts } from "./use-shortcuts.ts";

const Composer = lazy(async () => ({ default: (await import("../compose/Composer.tsx")).Composer }));
const Settings = lazy(async () => ({ default: (await import("../settings/Settings.tsx")).Settings }));
const Recover = lazy(async () => ({ default: (await import("./Recover.tsx")).Recover }));
const ShareFolder = lazy(async () => ({ default: (await import("./ShareFolder.tsx")).ShareFolder }));
const Help = lazy(async () => ({ default: (await import("./Help.tsx")).Help }));
const DestroyDialog = lazy(async () => ({ default: (await import("./DestroyDialog.tsx")).DestroyDialog }));

const selectMailboxes = (state: MailState): MailState["mailboxes"] => state.mailboxes;
const selectOnline = (state: MailState): boolean => state.isOnline;

export interface MailScreenProps {
  readonly client: MailClient;
  /** Another account is shown. */
  readonly onEnter: (client: MailClient) => void;
  readonly onSignedOut: () => void;
}

/** The mail: mailboxes, list, reading pane; one pane at a time on a phone. */
export function MailScreen({ client, onEnter, onSignedOut }: MailScreenProps) {
  const t = useT();
  const { i18n } = useLingui();
  const route = useRoute();
  const preferences = useReadingPreferences();
  const mailboxes = useMailState(client.store, selectMailboxes);
  const isOnline = useMailState(client.store, selectOnline);
  const nameOf = useMailboxName();
  const [toast, setToast] = useState<Toast | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(-1);
  const [start, setStart] = useState<ComposeStart | null>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isMoveOpen, setMoveOpen] = useState(false);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const [doomed, setDoomed] = useState<readonly string[] | null>(null);
  const searchInput = useRef<HTMLInputElement>(null);
  useEffect(() => client.listen(), [client]);
  // Ahead of the first message that is opened; one that does not come is asked for again then.
  useEffect(() => void loadMailBody().catch(() => {}), []);

  // Who was given some folders of a colleague's alone begins at the first of them.
  const inbox = mailboxOfRole(client.store.state, "inbox") ?? orderedMailboxes(mailboxes)[0]?.[0] ?? null;
  const mailbox =
    route.search === null ? ((route.mailboxId === null ? inbox : mailboxes.get(route.mailboxId)) ?? null) : null;
  const mailboxId = mailbox?.id ?? null;
  const mayChange = !client.isReadOnly && mailbox?.myRights.mayAddItems !== false;
  const isJunk = mailbox?.role === "junk";
  const mayArchive = mayChange && takesMail(client.store.state, "archive");
  const mayJunk = mayChange && takesMail(client.store.state, isJunk ? "inbox" : "junk");
  const isDeleteFinal = mailbox?.role === "trash" || (mayChange && !takesMail(client.store.state, "trash"));
  const destinations = orderedMailboxes(mailboxes)
    .map(([target]) => target)
    .filter((target) => target.id !== mailbox?.id && target.myRights.mayAddItems);
  const isWhole = preferences.conversations;
  const query = useMemo<ListQuery>(() => {
    if (route.search === null) return { filter: { inMailbox: mailboxId ?? "" }, collapseThreads: isWhole };
    const hidden = ["trash", "junk"].flatMap((role) => mailboxOfRole(client.store.state, role)?.id ?? []);
    return { filter: searchFilter(route.search, hidden), collapseThreads: isWhole };
  }, [client, route.search, mailboxId, isWhole]);
  const key = listKey(query);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list is another selection.
  useEffect(() => {
    setSelected(new Set());
    setCursor(-1);
  }, [key]);
  const title = mailbox === null ? t("mail.search.results", { text: route.search ?? "" }) : nameOf(mailbox);
  useEffect(() => {
    const unread = inbox?.unreadEmails ?? 0;
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${title} · Casaforte Mail`;
  }, [title, inbox?.unreadEmails]);

  const actions = useActions({ client, mailboxId, isWhole, notify: setToast });
  const idsNow = useCallback(() => client.store.state.lists.get(key)?.ids ?? [], [client, key]);
  const open = useCallback(
    (emailId: string | null) =>
      go({ mailboxId: route.search === null ? mailboxId : null, search: route.search, emailId }),
    [mailboxId, route.search],
  );
  const close = useCallback(() => open(null), [open]);
  const openRow = useCallback(
    (emailId: string, index: number) => {
      setCursor(index);
      const email = client.store.state.emails.get(emailId);
      const isDraft = email?.keywords["$draft"] === true && mailbox?.role === "drafts";
      // A draft in another's mailbox is the other's to finish.
      if (isDraft && client === client.home) setStart({ kind: "draft", emailId });
      else open(emailId);
    },
    [client, mailbox?.role, open],
  );
  const toggle = useCallback((emailId: string, index: number) => {
    setCursor(index);
    setSelected((ids) => toggled(ids, emailId));
  }, []);
  const star = useCallback(
    (emailId: string, isSet: boolean) => void actions.setKeyword([emailId], "$flagged", isSet),
    [actions],
  );
  const markSeen = useCallback(
    // A refusal here is silent: the message stays unread, which is true.
    (ids: readonly string[]) => void changeEmails(client, ids, { keywords: { $seen: true } }).catch(() => undefined),
    [client],
  );

  /** Rows an action is about: the ticked ones, else the open one, else the cursor's. */
  const targets = useCallback((): readonly string[] => {
    if (selected.size > 0) return [...selected];
    if (route.emailId !== null) return [route.emailId];
    const atCursor = idsNow()[cursor];
    return atCursor === undefined ? [] : [atCursor];
  }, [selected, route.emailId, idsNow, cursor]);
  /** Does it, and shows the next row where the open one went away. */
  const act = (work: (rows: readonly string[]) => unknown, leaves: boolean): void => {
    const rows = targets();
    if (rows.length === 0) return;
    const ids = idsNow();
    const at = route.emailId === null ? -1 : ids.indexOf(route.emailId);
    void work(rows);
    setSelected(new Set());
    if (!leaves || route.emailId === null || !rows.includes(route.emailId)) return;
    const next = ids.slice(at + 1).find((id) => id !== undefined && !rows.includes(id));
    const isWide = matchMedia("(min-width: 900px)").matches;
    open(isWide && next !== undefined ? next : null);
  };
  const archive = (): void => {
    if (mayArchive) act(actions.archive, true);
  };
  const junk = (): void => {
    if (mayJunk) act(isJunk ? actions.notJunk : actions.junk, true);
  };
  const trash = (): void => {
    const rows = targets();
    if (!mayChange || rows.length === 0) return;
    if (isDeleteFinal) setDoomed(rows);
    else act(actions.trash, true);
  };
  const setRead = (isRead: boolean): void => act((rows) => actions.setKeyword(rows, "$seen", isRead), !isRead);
  const reply = (kind: ReplyKind, emailId: string): void => setStart({ kind, emailId });
  const replyToOpen = (kind: ReplyKind): void => {
    if (route.emailId !== null) reply(kind, route.emailId);
  };
  const moveCursor = (by: number): void => {
    const ids = idsNow();
    const here = route.emailId === null ? cursor : Math.max(cursor, ids.indexOf(route.emailId));
    const next = Math.min(Math.max(here + by, 0), ids.length - 1);
    setCursor(next);
    const id = ids[next];
    if (route.emailId !== null && id !== undefined) openRow(id, next);
    else requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  const goToRole = (role: string): void => {
    const target = mailboxOfRole(client.store.state, role);
    if (target !== undefined) go({ mailboxId: target.id });
  };
  const undo = async (): Promise<void> => {
    const current = toast;
    if (current?.undo === undefined) return;
    setToast(null);
    try {
      await current.undo();
      setToast({ id: "mail.done.undone" });
    } catch (error) {
      setToast({ id: "kit.error.title", error });
    }
  };
  const atCursor = (): string | undefined => idsNow()[Math.max(cursor, 0)];
  useShortcuts(
    route.screen !== "mail"
      ? {}
      : {
          c: () => setStart({ kind: "new" }),
          "/": () => searchInput.current?.focus(),
          j: () => moveCursor(1),
          k: () => moveCursor(-1),
          arrowdown: () => moveCursor(1),
          arrowup: () => moveCursor(-1),
          o: () => {
            const id = atCursor();
            if (id !== undefined) openRow(id, Math.max(cursor, 0));
          },
          u: () => open(null),
          escape: () => (selected.size > 0 ? setSelected(new Set()) : open(null)),
          x: () => {
            const id = atCursor();
            if (id !== undefined) toggle(id, Math.max(cursor, 0));
          },
          e: archive,
          "#": trash,
          delete: trash,
          "!": junk,
          s: () => {
            const [id] = targets();
            if (id !== undefined) star(id, !client.store.state.emails.get(id)?.keywords["$flagged"]);
          },
          r: () => replyToOpen("reply"),
          a: () => replyToOpen("replyAll"),
          f: () => replyToOpen("forward"),
          v: () => setMoveOpen(mayChange && destinations.length > 0 && targets().length > 0),
          z: () => void undo(),
          "?": () => setHelpOpen(true),
          "Shift+i": () => setRead(true),
          "Shift+u": () => setRead(false),
          "g i": () => goToRole("inbox"),
          "g d": () => goToRole("drafts"),
          "g t": () => goToRole("sent"),
        },
    preferences.singleKeys,
  );

  const isReading = route.emailId !== null;
  return (
    <div className="wm-page" lang={i18n.locale}>
      <a className="cf-skip" href="#wm-list">
        {t("kit.skip")}
      </a>
      <Header
        client={client}
        search={route.search}
        searchInput={searchInput}
        onSearch={(text) => go(text === null ? { mailboxId: inbox?.id ?? null } : { search: text })}
        onMenu={() => setDrawerOpen((isOpen) => !isOpen)}
        isMenuOpen={isDrawerOpen}
        onHelp={() => setHelpOpen(true)}
        onSignedOut={onSignedOut}
      />
      {isOnline ? null : (
        <div className="wm-offline" role="status">
          {t("mail.offline")}
        </div>
      )}
      {route.screen === "settings" ? (
        <Suspense fallback={<LoadingState />}>
          <Settings client={client.home} />
        </Suspense>
      ) : route.screen === "recover" ? (
        <Suspense fallback={<LoadingState />}>
          <Recover client={client.home} />
        </Suspense>
      ) : (
        <div className="wm-panes" data-reading={isReading || undefined} data-drawer={isDrawerOpen || undefined}>
          <Sidebar
            client={client}
            currentId={mailboxId}
            onEnter={onEnter}
            onTrouble={(error) => setToast({ id: "kit.error.title", error })}
            onCompose={() => setStart({ kind: "new" })}
            onFollow={() => setDrawerOpen(false)}
          />
          <main className="wm-list-pane" id="wm-list" tabIndex={-1}>
            <div className="wm-list-head">
              <div className="wm-title-row">
                <h1 className="wm-title">{title}</h1>
                {mailbox === null || client !== client.home ? null : (
                  <Suspense fallback={null}>
                    <ShareFolder key={mailbox.id} folderId={mailbox.id} name={title} />
                  </Suspense>
                )}
              </div>
              <Toolbar
                mailbox={mailbox}
                selectedCount={selected.size}
                hasTargets={mayChange && (selected.size > 0 || isReading)}
                mayArchive={mayArchive}
                mayJunk={mayJunk}
                isDeleteFinal={isDeleteFinal}
                destinations={destinations}
                isMoveOpen={isMoveOpen}
                onMoveOpen={setMoveOpen}
                onBack={isReading ? () => open(null) : null}
                onClear={() => setSelected(new Set())}
                act={{
                  archive,
                  trash,
                  junk,
                  markRead: setRead,
                  move: (target, name) => act((rows) => actions.move(rows, target, name), true),
                }}
              />
            </div>
            {mailbox?.role === "trash" && client === client.home ? (
              <Button variant="subtle" size="compact-sm" m="xs" onClick={() => go({ screen: "recover" })}>
                {t("kit.recover.title")}
              </Button>
            ) : null}
            <MessageList
              key={key}
              client={client}
              query={query}
              label={t("mail.list", { name: title })}
              kind={route.search !== null ? "search" : mailbox?.role === "inbox" ? "inbox" : "folder"}
              showsRecipients={mailbox?.role === "sent" || mailbox?.role === "drafts"}
              openId={route.emailId}
              cursor={cursor}
              selected={selected}
              onOpen={openRow}
              onToggle={toggle}
              onStar={star}
            />
          </main>
          <section className="wm-reading-pane" aria-label={t("settings.reading")}>
            {route.emailId === null ? (
              <EmptyState
                title={t("mail.pick.title")}
                text={t("mail.pick.text")}
                icon={<Icon name="read" size={40} />}
              />
            ) : (
              <Reader
                client={client}
                emailId={route.emailId}
                isWhole={isWhole}
                onReply={reply}
                onEditDraft={(emailId) => setStart({ kind: "draft", emailId })}
                onSeen={markSeen}
                onGone={close}
              />
            )}
          </section>
        </div>
      )}
      <Suspense fallback={null}>
        {start === null ? null : (
          <Composer
            key={JSON.stringify(start)}
            client={client}
            start={start}
            notify={setToast}
            onClose={() => setStart(null)}
          />
        )}
        {isHelpOpen ? <Help onClose={() => setHelpOpen(false)} /> : null}
        {doomed === null ? null : (
          <DestroyDialog
            count={doomed.length}
            owner={mailbox?.role === "trash" ? null : client.sharedName}
            onClose={() => setDoomed(null)}
            onConfirm={() => {
              setDoomed(null);
              act(actions.destroy, true);
            }}
          />
        )}
      </Suspense>
      <ToastBar
        toast={toast === null ? null : toast.undo === undefined ? toast : { ...toast, undo }}
        onClose={() => setToast(null)}
      />
    </div>
  );
}
