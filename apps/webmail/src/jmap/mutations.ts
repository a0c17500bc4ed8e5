import { MethodProblem } from "./batcher.ts";
import type { MailClient } from "./client.ts";
import type { ListView, MailState } from "./store.ts";
import type { Email, Mailbox, SetReply } from "./types.ts";

/** What to do to each message: keywords on or off, and the mailboxes it shall be in. */
export interface EmailPatch {
  readonly keywords?: Readonly<Record<string, boolean>>;
  readonly mailboxIds?: Readonly<Record<string, true>>;
}

/** Something done that can be taken back. */
export interface Undoable {
  readonly undo: () => Promise<void>;
}

/** The email after a patch. */
export function patched(email: Email, patch: EmailPatch): Email {
  const keywords: Record<string, true> = { ...email.keywords };
  for (const [keyword, isSet] of Object.entries(patch.keywords ?? {})) {
    if (isSet) keywords[keyword] = true;
    else delete keywords[keyword];
  }
  return { ...email, keywords, mailboxIds: patch.mailboxIds ?? email.mailboxIds };
}

/** Mailbox counts after emails changed from `before` to `after`; null stands for none. */
export function recount(
  mailboxes: MailState["mailboxes"],
  pairs: readonly (readonly [before: Email | null, after: Email | null])[],
): MailState["mailboxes"] {
  const next = new Map<string, Mailbox>(mailboxes);
  const add = (email: Email | null, sign: 1 | -1): void => {
    if (email === null) return;
    const unread = email.keywords["$seen"] ? 0 : 1;
    for (const id of Object.keys(email.mailboxIds)) {
      const mailbox = next.get(id);
      if (mailbox === undefined) continue;
      next.set(id, {
        ...mailbox,
        totalEmails: Math.max(0, mailbox.totalEmails + sign),
        unreadEmails: Math.max(0, mailbox.unreadEmails + sign * unread),
      });
    }
  };
  for (const [before, after] of pairs) {
    add(before, -1);
    add(after, 1);
  }
  return next;
}

/** Lists of single mailboxes without the rows that no longer belong there. */
function withoutStrangers(lists: MailState["lists"], emails: MailState["emails"], moved: ReadonlySet<string>) {
  const next = new Map<string, ListView>();
  for (const [key, list] of lists) {
    const mailboxId = (JSON.parse(key) as { filter: { inMailbox?: string } }).filter.inMailbox;
    const isGone = (id: string | undefined): boolean => {
      if (id === undefined || !moved.has(id)) return false;
      const email = emails.get(id);
      return email === undefined || (mailboxId !== undefined && !email.mailboxIds[mailboxId]);
    };
    const ids = list.ids.filter((id) => !isGone(id));
    const gone = list.ids.length - ids.length;
    next.set(key, gone === 0 ? list : { ...list, ids, total: list.total === null ? null : list.total - gone });
  }
  return next;
}

/**
 * Changes messages at once on the screen, then on the server; what the server refuses is put back. Answers how to undo.
 * @throws MethodProblem, ApiProblem after putting back.
 */
export async function changeEmails(client: MailClient, ids: readonly string[], patch: EmailPatch): Promise<Undoable> {
  const { store } = client;
  const before = ids.flatMap((id) => store.state.emails.get(id) ?? []);
  const after = before.map((email) => patched(email, patch));
  show(client, before, after);
  const update = Object.fromEntries(before.map((email) => [email.id, wirePatch(patch)]));
  try {
    await setEmails(client, { update });
  } catch (error) {
    show(client, after, before);
    client.lists.refresh();
    throw error;
  }
  return {
    undo: async () => {
      show(client, after, before);
      const back = before.map((email) => [email.id, { keywords: email.keywords, mailboxIds: email.mailboxIds }]);
      await setEmails(client, { update: Object.fromEntries(back) });
      client.lists.refresh();
    },
  };
}

function wirePatch(patch: EmailPatch): Readonly<Record<string, unknown>> {
  const wire: Record<string, unknown> = {};
  for (const [keyword, isSet] of Object.entries(patch.keywords ?? {}))
    wire[`keywords/${keyword}`] = isSet ? true : null;
  if (patch.mailboxIds !== undefined) wire["mailboxIds"] = patch.mailboxIds;
  return wire;
}

function show(client: MailClient, before: readonly Email[], after: readonly Email[]): void {
  client.store.update((state) => {
    const emails = new Map(state.emails);
    for (const email of after) emails.set(email.id, email);
    const pairs = before.map((email, index) => [email, after[index] ?? null] as const);
    const moved = new Set(before.map((email) => email.id));
    return {
      emails,
      mailboxes: recount(state.mailboxes, pairs),
      lists: withoutStrangers(state.lists, emails, moved),
    };
  });
}

/** Destroys messages for good. @throws MethodProblem, ApiProblem. */
export async function destroyEmails(client: MailClient, ids: readonly string[]): Promise<void> {
  const gone = ids.flatMap((id) => client.store.state.emails.get(id) ?? []);
  client.store.update((state) => {
    const emails = new Map(state.emails);
    for (const id of ids) emails.delete(id);
    return {
      emails,
      mailboxes: recount(
        state.mailboxes,
        gone.map((email) => [email, null] as const),
      ),
      lists: withoutStrangers(state.lists, emails, new Set(ids)),
    };
  });
  await setEmails(client, { destroy: ids });
}

/** One Email/set; our own change needs no reading back, but what others did before or among it does. @throws MethodProblem for the first refused object. */
export async function setEmails(client: MailClient, change: Readonly<Record<string, unknown>>): Promise<SetReply> {
  const reply = await client.batcher.call<SetReply>("Email/set", { accountId: client.accountId, ...change });
  if (client.store.state.emailState === reply.oldState) client.store.update(() => ({ emailState: reply.newState }));
  else void client.sync();
  const refused = Object.values({ ...reply.notCreated, ...reply.notUpdated, ...reply.notDestroyed })[0];
  if (refused !== undefined) {
    throw new MethodProblem(refused.type, refused.description ?? refused.type, refused.code);
  }
  return reply;
}
