import { createHash } from "node:crypto";
import {
  type Actor,
  Failure,
  type MailAccountId,
  type MailboxId,
  type MessageId,
  type ThreadId,
} from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { identityId } from "./identity-id.ts";
import { noSuchAccount } from "./locked-account.ts";
import { assertMayUse } from "./services.ts";
import { foldersInSight, type Share } from "./share-access.ts";
import { selectIdentityChanges } from "./store-identity-states.ts";
import {
  type ChangedIds,
  selectAccountState,
  selectLivingThreads,
  selectMailboxChanges,
  selectMessageChanges,
  selectStateOf,
} from "./store-messages.ts";
import { type SubmissionRow, selectSubmissionChanges } from "./store-submissions.ts";

export interface ChangesInput {
  readonly accountId: MailAccountId;
  /** A state given out before. */
  readonly since: string;
  /** At most about this many ids. */
  readonly max: number;
}

export interface Changes<T> extends ChangedIds<T> {
  readonly newState: string;
  readonly hasMoreChanges: boolean;
}

/**
 * The account's state: epoch and modseq (RFC 8620 §1.1). One counter serves mailboxes, messages and threads. For a guest of some
 * mailboxes it is theirs, and which they are: what happens elsewhere does not move it.
 */
export async function readState(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId },
): Promise<string> {
  assertMayUse(tx, actor, input.accountId, "read", "somewhere");
  const folders = foldersInSight(tx, input.accountId);
  const state = folders
    ? await selectStateOf(tx, input.accountId, [...folders.keys()])
    : await selectAccountState(tx, input.accountId);
  if (!state) throw noSuchAccount();
  return `${state.epoch}.${state.modseq}${folders ? `.${digestOf(folders)}` : ""}`;
}

/** Which mailboxes are shared and how far, in few letters. */
function digestOf(folders: Share["folders"]): string {
  const shares = [...folders].map((share) => share.join(" ")).sort();
  return createHash("sha256").update(shares.join("\n")).digest("base64url").slice(0, 16);
}

/**
 * For a guest of some mailboxes: nothing, as long as all is what it was. What came into sight and left it is not in the log of
 * changes. @throws precondition `mailbox.changes_forgotten`.
 */
export async function changesInSight(tx: TenantTx, actor: Actor, input: ChangesInput): Promise<Changes<never>> {
  const newState = await readState(tx, actor, input);
  if (newState !== input.since) throw changesForgotten("changes of what is in sight are not known");
  return { newState, hasMoreChanges: false, created: [], updated: [], destroyed: [] };
}

/**
 * Messages created, updated and destroyed since a state, oldest change first, so that a cut list ends at a state of its
 * own. @throws precondition `mailbox.changes_forgotten` (JMAP `cannotCalculateChanges`).
 */
export async function messageChanges(tx: TenantTx, actor: Actor, input: ChangesInput): Promise<Changes<MessageId>> {
  const { rows, ...rest } = await changedMessages(tx, actor, input);
  return { ...rest, ...split(rows) };
}

/** Threads that gained, lost or changed messages; a thread without messages left is destroyed for the caller to tell. */
export async function threadChanges(tx: TenantTx, actor: Actor, input: ChangesInput): Promise<Changes<ThreadId>> {
  const { rows, ...rest } = await changedMessages(tx, actor, input);
  const ids = [...new Set(rows.map((row) => row.threadId))];
  const alive = await selectLivingThreads(tx, input.accountId, ids, parseState(input.since).modseq);
  const kinds = new Map(alive.map((row) => [row.id, row.isNew]));
  return {
    ...rest,
    created: ids.filter((id) => kinds.get(id) === true),
    updated: ids.filter((id) => kinds.get(id) === false),
    destroyed: ids.filter((id) => !kinds.has(id)),
  };
}

/** Mailboxes changed since a state. `onlyCounts`: each updated one changed nothing but its counts. */
export async function mailboxChanges(
  tx: TenantTx,
  actor: Actor,
  input: ChangesInput,
): Promise<Changes<MailboxId> & { readonly onlyCounts: boolean }> {
  assertMayUse(tx, actor, input.accountId, "read");
  const { after } = await range(tx, input);
  const all = await selectMailboxChanges(tx, input.accountId, after);
  // Read before and after the list: what came between is told again next time.
  const now = await readState(tx, actor, input);
  const rows = all.filter((row) => row.modseq <= parseState(now).modseq);
  const { epoch, modseq } = parseState(now);
  const tried = cutAt(rows, Math.max(input.max, 1), modseq);
  // More mailboxes changed at once than asked for: told together, since one change cannot be cut.
  const cut = tried.rows.length === 0 ? { rows, upTo: modseq, isCut: false } : tried;
  return {
    newState: `${epoch}.${cut.upTo}`,
    hasMoreChanges: cut.isCut,
    onlyCounts: cut.rows.every((row) => row.kind === "updated" && row.onlyCounts),
    ...split(cut.rows),
  };
}

/** Submissions made, changed or destroyed since a state. Each change has a modseq of its own: `max` holds. */
export async function submissionChanges(
  tx: TenantTx,
  actor: Actor,
  input: ChangesInput,
): Promise<Changes<SubmissionRow["id"]>> {
  assertMayUse(tx, actor, input.accountId);
  const { after, upTo, epoch } = await range(tx, input);
  const limit = Math.max(input.max, 1);
  const found = await selectSubmissionChanges(tx, input.accountId, { after, upTo, limit: limit + 1 });
  const cut = cutAt(found, limit, upTo);
  return { newState: `${epoch}.${cut.upTo}`, hasMoreChanges: cut.isCut, ...split(cut.rows) };
}

/** Identities that came, changed or went since a state, as far as `noteIdentities` met it. */
export async function identityChanges(tx: TenantTx, actor: Actor, input: ChangesInput): Promise<Changes<string>> {
  assertMayUse(tx, actor, input.accountId);
  const { after, upTo, epoch } = await range(tx, input);
  const found = await selectIdentityChanges(tx, input.accountId, { after, upTo, limit: 1_000_000 });
  const named = found.map((row) => ({ ...row, id: identityId(row.id) }));
  const tried = cutAt(named, Math.max(input.max, 1), upTo);
  // More came at once than asked for: told together, since one change cannot be cut.
  const cut = tried.rows.length === 0 ? { rows: named, upTo, isCut: false } : tried;
  return { newState: `${epoch}.${cut.upTo}`, hasMoreChanges: cut.isCut, ...split(cut.rows) };
}

async function changedMessages(tx: TenantTx, actor: Actor, input: ChangesInput) {
  assertMayUse(tx, actor, input.accountId, "read");
  const { after, upTo, epoch } = await range(tx, input);
  const limit = Math.max(input.max, 1);
  const found = await selectMessageChanges(tx, input.accountId, { after, upTo, limit: limit + 1 });
  let cut = cutAt(found, limit, upTo);
  // One change may have touched more messages than asked for; it cannot be cut.
  if (cut.rows.length === 0 && found.length > 0) {
    const whole = found[0]?.modseq ?? upTo;
    const rows = await selectMessageChanges(tx, input.accountId, { after, upTo: whole, limit: 1_000_000 });
    cut = { rows, upTo: whole, isCut: whole < upTo };
  }
  return { rows: cut.rows, newState: `${epoch}.${cut.upTo}`, hasMoreChanges: cut.isCut };
}

/** At most `limit` rows, never half of one modseq. */
function cutAt<Row extends { readonly modseq: number }>(rows: readonly Row[], limit: number, upTo: number) {
  const over = rows[limit];
  if (!over) return { rows, upTo, isCut: false };
  const kept = rows.slice(0, limit).filter((row) => row.modseq < over.modseq);
  return { rows: kept, upTo: over.modseq - 1, isCut: true };
}

function split<T>(rows: readonly { readonly id: T; readonly kind: keyof ChangedIds<T> }[]): ChangedIds<T> {
  const of = (kind: keyof ChangedIds<T>) => rows.filter((row) => row.kind === kind).map((row) => row.id);
  return { created: of("created"), updated: of("updated"), destroyed: of("destroyed") };
}

async function range(tx: TenantTx, input: ChangesInput) {
  const state = await selectAccountState(tx, input.accountId);
  if (!state) throw noSuchAccount();
  const since = parseState(input.since);
  if (since.epoch !== state.epoch || since.modseq < state.prunedModseq || since.modseq > state.modseq)
    throw changesForgotten("changes since that state are not known any more");
  return { after: since.modseq, upTo: state.modseq, epoch: state.epoch };
}

const changesForgotten = (why: string): Failure => new Failure("precondition", "mailbox.changes_forgotten", why);

function parseState(text: string): { readonly epoch: number; readonly modseq: number } {
  const match = /^(\d{1,9})\.(\d{1,15})$/.exec(text);
  if (!match) throw changesForgotten("not a state of this account");
  return { epoch: Number(match[1]), modseq: Number(match[2]) };
}
