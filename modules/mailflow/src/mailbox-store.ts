import {
  type Actor,
  assert,
  Failure,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  parseId,
} from "@casaforte/kernel";
import {
  appendMessages,
  type IngestedMessage,
  indexStoredMessage,
  ingestMessage,
  type MailboxEdgeServices,
  noFlags,
  noteDelivery,
  readMailAccount,
  readMailboxes,
} from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import { appendJudged } from "./append-judged.ts";
import type { Filing } from "./filing.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailStore, MailToAppend } from "./services.ts";
import type { Place } from "./types.ts";

const actor: Actor = { kind: "system", name: "mailflow" };

/** The mailbox module as the mail flow's store. A suspended account still takes mail: suspension must not lose any. */
export function mailStoreOf(services: MailboxEdgeServices, filing?: Filing): MailStore {
  const inboxes = new Inboxes();
  return {
    async room(tx, accountId) {
      const account = await readMailAccount(tx, actor, { accountId }).catch((error) => {
        if (error instanceof Failure && error.kind === "not_found") return null;
        throw error;
      });
      if (account === null || account.state === "deleted") return { kind: "gone" };
      const { quotaBytes, usedBytes } = account;
      const freeBytes = quotaBytes === null ? null : quotaBytes > usedBytes ? quotaBytes - usedBytes : 0n;
      return { kind: "open", freeBytes };
    },
    store: (tenantId, message) => ingestMessage(services, tenantId, message),
    prepare: (tenantId, blob) => indexStoredMessage(services, tenantId, blob),
    knownPlaces: (mails) => inboxes.knownFor(mails),
    noteOutcome: (tx, account, outgoing) => noteDelivery(tx, account, parseId(outgoing), services),
    async append(tx, mails, places) {
      if (places) {
        const accounts = [...new Set(mails.map(({ target }) => target.mailAccountId))];
        const plain = (filing?.assertNoRules(tx, accounts) ?? Promise.resolve()).catch((error: unknown) => {
          // Until the longer way finds no rules, their mail goes there at once.
          for (const account of accounts) inboxes.forget(account);
          throw error;
        });
        const appending = appendGroups(tx, mails, groupsAt(mails, places), { services, inboxes });
        const [isPlain, appended] = await Promise.allSettled([plain, appending]);
        if (isPlain.status === "rejected") throw isPlain.reason;
        if (appended.status === "rejected") throw appended.reason;
        return appended.value;
      }
      const judgements = (await filing?.judge(tx, mails)) ?? [];
      if (filing && judgements.some((one) => one !== null))
        return appendJudged(tx, mails, { judgements, filing, services });
      const found: MailboxId[] = [];
      for (const { target } of mails) found.push(await inboxes.find(tx, target.mailAccountId, target.place));
      return appendGroups(tx, mails, groupsAt(mails, found), { services, inboxes });
    },
  };
}

/** Sent together, in the order of the accounts' ids; all have ended before the transaction may. */
async function appendGroups(
  tx: TenantTx,
  mails: readonly MailToAppend[],
  groups: readonly Group[],
  { services, inboxes }: { readonly services: MailboxEdgeServices; readonly inboxes: Inboxes },
): Promise<readonly MessageId[]> {
  const results = await Promise.allSettled(groups.map((group) => appendGroup(tx, group, services)));
  const ids = new Map<MailToAppend, MessageId>();
  for (const [index, result] of results.entries()) {
    if (result.status === "rejected") throw inboxes.explain(result.reason, groups[index]?.accountId);
    for (const [at, mail] of (groups[index]?.mails ?? []).entries()) ids.set(mail, result.value[at] as MessageId);
  }
  return mails.map((mail) => ids.get(mail) as MessageId);
}

/** Mail for one mailbox. */
interface Group {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
  readonly mails: MailToAppend[];
}

/** Where the inboxes are. An account's inbox never changes: nobody can remove it or give its role away. */
class Inboxes {
  readonly #known = new Map<MailAccountId, MailboxId>();

  /** Null when some of them must be looked up. */
  knownFor(mails: readonly MailToAppend[]): readonly MailboxId[] | null {
    const places: MailboxId[] = [];
    for (const { target } of mails) {
      const known = target.place === "inbox" ? this.#known.get(target.mailAccountId) : undefined;
      if (known === undefined) return null;
      places.push(known);
    }
    return places;
  }

  async find(tx: TenantTx, accountId: MailAccountId, place: Place): Promise<MailboxId> {
    const known = this.#known.get(accountId);
    if (known !== undefined && place === "inbox") return known;
    const mailboxes = await readMailboxes(tx, accountId);
    const inbox = mailboxes.find(({ role }) => role === "inbox");
    if (!inbox) throw new Failure("not_found", "mailbox.account_not_found", "no such mail account");
    if (this.#known.size >= mailflowLimits.inboxesKnownMax) this.#known.clear();
    this.#known.set(accountId, inbox.id);
    // A user may have removed Junk.
    return (mailboxes.find(({ role }) => role === place) ?? inbox).id;
  }

  forget(accountId: MailAccountId): void {
    this.#known.delete(accountId);
  }

  /** A mailbox that went away meanwhile is looked up again by the next try. */
  explain(error: unknown, accountId: MailAccountId | undefined): unknown {
    if (!(error instanceof Failure) || error.code !== "mailbox.not_found") return error;
    if (accountId !== undefined) this.forget(accountId);
    return new Failure("conflict", "mailflow.place_gone", "the mailbox has just gone", { cause: error });
  }
}

function groupsAt(mails: readonly MailToAppend[], places: readonly MailboxId[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [at, mail] of mails.entries()) {
    const { mailAccountId: accountId, place } = mail.target;
    const mailboxId = places[at];
    assert(mailboxId, "each mail has its place");
    const key = `${accountId} ${place}`;
    const group = groups.get(key) ?? { accountId, mailboxId, mails: [] };
    group.mails.push(mail);
    groups.set(key, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

async function appendGroup(tx: TenantTx, group: Group, services: MailboxEdgeServices): Promise<readonly MessageId[]> {
  const messages = group.mails.map(({ mail, target }) => ({
    // Made by `store` or `prepare` above.
    message: mail as IngestedMessage,
    flags: noFlags,
    receivedAtMs: target.receivedAtMs,
  }));
  const input = { accountId: group.accountId, mailboxIds: [group.mailboxId], messages };
  const result = await appendMessages(tx, actor, input, services);
  return result.messages.map(({ messageId }) => messageId);
}
