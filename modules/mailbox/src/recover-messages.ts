import { type Actor, type BlobId, Failure, type MailAccountId, type MailboxId, type TenantId } from "@casaforte/kernel";
import { foldText } from "@casaforte/mime";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { appendMessages } from "./append-message.ts";
import { flagBits } from "./flags.ts";
import { type IngestedMessage, indexStoredMessage } from "./ingest-message.ts";
import { mailboxLimits } from "./limits.ts";
import { noSuchAccount } from "./locked-account.ts";
import { assertMayUse, type MailboxEdgeServices } from "./services.ts";
import { selectAccount } from "./store-accounts.ts";
import { lockAccount } from "./store-changes.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { type DeletedMessage, lockContents, selectDeleted } from "./store-recover.ts";

const dayMs = 24 * 60 * 60 * 1000;

export interface ListDeletedInput {
  readonly accountId: MailAccountId;
  /** Part of a subject, sender or recipient. */
  readonly search?: string;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

export interface DeletedPage {
  readonly messages: readonly DeletedMessage[];
  readonly next: string | null;
}

/**
 * Messages that were deleted for good in the last `recoverDays`, latest first. They count against no quota.
 * @throws not_found `mailbox.account_not_found`; invalid `mailbox.cursor`.
 */
export async function listDeleted(
  tx: TenantTx,
  actor: Actor,
  input: ListDeletedInput,
  services: Pick<MailboxEdgeServices, "clock">,
): Promise<DeletedPage> {
  const { accountId, search = "", after, limit = 50 } = input;
  await requireAccount(tx, actor, accountId);
  const rows = await selectDeleted(tx, {
    accountId,
    since: sinceOf(services),
    search: foldText(search.trim()),
    ids: null,
    after: after === undefined ? null : parseCursor(after),
    limit: Math.min(limit, mailboxLimits.recoverPageMax) + 1,
  });
  const page = rows.slice(0, Math.min(limit, mailboxLimits.recoverPageMax));
  const last = page.at(-1);
  return { messages: page, next: rows.length > page.length && last ? `${last.modseq}.${last.id}` : null };
}

/**
 * Brings deleted messages back to where they lay, or to the inbox when that is gone or was Trash or Junk: new messages that
 * are read, dated as they came. Those that are there already, or are gone for good, are left out. All or none of the rest.
 * Returns how many came back. @throws over_quota `mailbox.over_quota`; not_found; too_large `mailbox.recover_many`.
 */
export async function recoverMessages(
  tenantId: TenantId,
  actor: Actor,
  input: { readonly accountId: MailAccountId; readonly ids: readonly BlobId[] },
  services: MailboxEdgeServices,
): Promise<number> {
  const { accountId } = input;
  const ids = [...new Set(input.ids)];
  if (ids.length > mailboxLimits.recoverPageMax)
    throw new Failure("too_large", "mailbox.recover_many", "too many messages at once");
  const query = { accountId, since: sinceOf(services), search: "", ids, after: null, limit: ids.length };
  const found = await services.db.tenant(
    tenantId,
    async (tx) => {
      await requireAccount(tx, actor, accountId);
      return selectDeleted(tx, query);
    },
    { readOnly: true },
  );
  const ingested = new Map<BlobId, IngestedMessage>();
  for (const { id, sizeBytes, sha256 } of found)
    ingested.set(id, await indexStoredMessage(services, tenantId, { id, size: BigInt(sizeBytes), sha256 }));
  return services.db.tenant(tenantId, async (tx) => {
    // Two at once: the second sees what the first brought back.
    if (!(await lockAccount(tx, accountId))) throw noSuchAccount();
    await lockContents(tx, ids);
    const rows = await selectDeleted(tx, query);
    const inbox = (await selectMailboxes(tx, accountId)).find(({ role }) => role === "inbox");
    const places = new Map<MailboxId, IngestedMessage[]>();
    for (const { id, mailboxId } of rows.toReversed()) {
      const place = mailboxId ?? inbox?.id;
      const message = ingested.get(id);
      if (place && message) places.set(place, [...(places.get(place) ?? []), message]);
    }
    for (const [mailboxId, messages] of places) await append(tx, actor, { accountId, mailboxId, messages }, services);
    const recovered = [...places.values()].reduce((sum, { length }) => sum + length, 0);
    if (recovered > 0)
      await recordAudit(tx, actor, {
        action: "mailbox.messages_recovered",
        object: { kind: "mail_account", id: accountId },
        details: { recovered },
      });
    return recovered;
  });
}

async function append(
  tx: TenantTx,
  actor: Actor,
  to: { accountId: MailAccountId; mailboxId: MailboxId; messages: readonly IngestedMessage[] },
  services: MailboxEdgeServices,
): Promise<void> {
  const { accountId, mailboxId } = to;
  const messages = to.messages.map((message) => {
    const receivedAtMs = arrivedMs(message);
    return {
      message,
      flags: { bits: flagBits.seen, keywords: [] },
      ...(receivedAtMs === null ? {} : { receivedAtMs }),
    };
  });
  await appendMessages(tx, actor, { accountId, mailboxIds: [mailboxId], messages }, services);
}

/** When it came: the newest Received field (RFC 5321 §4.4), else what it says itself; null when neither says. */
function arrivedMs({ header, summary }: IngestedMessage): number | null {
  const text = Buffer.from(header ?? []).toString("latin1");
  const received = /^received:((?:[^\r\n]|\r?\n[ \t])*)/im.exec(text)?.[1] ?? "";
  const atMs = Date.parse(received.slice(received.lastIndexOf(";") + 1).replace(/\([^()]*\)|\s+/g, " "));
  return Number.isNaN(atMs) || received === "" ? summary.sentAtMs : atMs;
}

const sinceOf = ({ clock }: Pick<MailboxEdgeServices, "clock">): Date =>
  new Date(clock.nowMs() - mailboxLimits.recoverDays * dayMs);

async function requireAccount(tx: TenantTx, actor: Actor, accountId: MailAccountId): Promise<void> {
  assertMayUse(tx, actor, accountId);
  const account = await selectAccount(tx, accountId);
  if (!account || account.state === "deleted") throw noSuchAccount();
}

function parseCursor(text: string): { readonly modseq: number; readonly id: string } {
  const match = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text);
  if (!match) throw new Failure("invalid", "mailbox.cursor", "not a place in this list");
  return { modseq: Number(match[1]), id: match[2] ?? "" };
}
