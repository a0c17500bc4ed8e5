import { type Actor, assert, Failure, type MailAccountId, type MailboxId, type TenantId } from "@casaforte/kernel";
import {
  appendMessages,
  createMailbox,
  type IngestedMessage,
  ingestMessage,
  type MessageFlags,
  mailboxLimits,
  readMailboxes,
} from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import { bringFlags } from "./bring-flags.ts";
import { transferLimits } from "./limits.ts";
import { flagsOf, messageDigest } from "./message-key.ts";
import type { Remote, RemoteMessage } from "./remote.ts";
import type { TransferServices } from "./services.ts";
import { lockTransfer } from "./store.ts";
import {
  closeFolder,
  insertKnown,
  insertProblem,
  noteBrought,
  openFolder,
  selectKnown,
  stepFolder,
} from "./store-folders.ts";
import type { FolderTarget, TransferFolder, TransferId } from "./transfer.ts";

const actor: Actor = { kind: "system", name: "transfers.copy" };

/** One transfer at work. */
export interface Run {
  readonly services: TransferServices;
  readonly tenantId: TenantId;
  readonly id: TransferId;
  readonly accountId: MailAccountId;
  readonly remote: Remote;
  readonly signal: AbortSignal;
  /** False when others wait for their turn. */
  mayGoOn(): boolean;
  /** Called for what was done, so that trouble after it counts as new trouble. */
  moved(): void;
}

/** Why work ends here: somebody paused it, or its turn is over. */
export type Ended = "finished" | "stopped" | "turn_over";

/**
 * Copies what is left of a folder, a batch at a time: bytes first, then messages, what is known and how far we are in one
 * transaction. A crash anywhere loses that transaction and nothing else (R12).
 */
export async function copyFolder(run: Run, folder: TransferFolder): Promise<Ended> {
  const { services, tenantId, id, remote, signal } = run;
  const { db } = services;
  const opened = await remote.open(folder.source).catch((error) => {
    // Deleted since it was listed: the others are copied all the same.
    if (error instanceof Failure && error.code === "transfers.folder_gone") return null;
    throw error;
  });
  if (opened === null) return finish(run, folder.ordinal);
  const target = await db.tenant(tenantId, async (tx) => {
    if (!(await isRunning(tx, id))) return null;
    const lastUid = await openFolder(tx, id, folder.ordinal, opened);
    return {
      lastUid,
      folder,
      mailboxId: await ensureMailbox(tx, run, folder),
      uidvalidity: opened.uidvalidity,
    };
  });
  if (target === null) return "stopped";
  const uids = await remote.uids(target.lastUid);
  for (let at = 0; at < uids.length; at += transferLimits.pageMessages) {
    const page = uids.slice(at, at + transferLimits.pageMessages);
    for (const batch of batchesOf(await remote.facts(page))) {
      signal.throwIfAborted();
      if (!(await copyBatch(run, target, batch))) return "stopped";
      run.moved();
      // Asked after a batch: however slow the server is, each turn brings something.
      if (!run.mayGoOn()) return "turn_over";
    }
  }
  return finish(run, folder.ordinal);
}

/** A folder that the other server refuses for good is named among the problems, and the others are copied. */
export async function giveUpFolder({ services, tenantId, id }: Run, { ordinal }: TransferFolder): Promise<Ended> {
  const isOn = await services.db.tenant(tenantId, async (tx) => {
    if (!(await isRunning(tx, id))) return false;
    const problem = { ordinal, uid: 0, subject: "", sentAt: null, sizeBytes: 0, code: "transfers.folder_refused" };
    await insertProblem(tx, id, problem, transferLimits.problemsMax);
    await stepFolder(tx, id, ordinal, { uidvalidity: null, lastUid: 0, copied: 0, known: 0, failed: 1, bytes: 0 });
    await closeFolder(tx, id, ordinal);
    return true;
  });
  return isOn ? "finished" : "stopped";
}

async function finish({ services, tenantId, id }: Run, ordinal: number): Promise<Ended> {
  const isOn = await services.db.tenant(tenantId, async (tx) => {
    if (!(await isRunning(tx, id))) return false;
    await closeFolder(tx, id, ordinal);
    return true;
  });
  return isOn ? "finished" : "stopped";
}

const isRunning = async (tx: TenantTx, id: TransferId): Promise<boolean> =>
  (await lockTransfer(tx, id))?.state === "running";

/** The account's own mailbox of that use, the one of that name, or a new one. */
async function ensureMailbox(tx: TenantTx, { accountId, services }: Run, folder: TransferFolder): Promise<MailboxId> {
  const boxes = await readMailboxes(tx, accountId);
  const ofRole = folder.role === null ? undefined : boxes.find(({ role }) => role === folder.role);
  const found = ofRole ?? boxes.find(({ path, selectable }) => selectable && path === folder.mailbox);
  if (found) return found.id;
  const made = await createMailbox(tx, actor, { accountId, path: folder.mailbox, role: folder.role }, services);
  return made.id;
}

/** As many as go into one transaction and one answer. */
function* batchesOf(messages: readonly RemoteMessage[]): Generator<readonly RemoteMessage[]> {
  let batch: RemoteMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const isFull =
      bytes + message.sizeBytes > transferLimits.batchBytes || batch.length >= transferLimits.batchMessages;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += message.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}

interface Fetched {
  readonly kind: "fetched";
  readonly fact: RemoteMessage;
  readonly digest: Uint8Array;
  readonly message: IngestedMessage;
  readonly flags: MessageFlags;
}

/** What became of each message of a batch. */
type Item =
  | Fetched
  | { readonly kind: "known"; readonly fact: RemoteMessage; readonly digest: Uint8Array }
  | { readonly kind: "problem"; readonly fact: RemoteMessage; readonly code: string };

/** False when the transfer does not go on. */
async function copyBatch(run: Run, target: FolderTarget, batch: readonly RemoteMessage[]): Promise<boolean> {
  const items = await fetchBatch(run, target.folder, batch);
  try {
    return await commit(run, target, items);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // One of them does not fit: those before it do, one by one in the order of their UIDs.
    for (const item of items) if (!(await commitAlone(run, target, item))) return false;
    return true;
  }
}

/** A message comes without its keywords when the account has too many different ones already. */
async function commitAlone(run: Run, target: FolderTarget, item: Item): Promise<boolean> {
  try {
    return await commit(run, target, [item]);
  } catch (error) {
    const isOfKeywords = error instanceof Failure && error.code === "mailbox.too_many_keywords";
    if (!isOfKeywords || item.kind !== "fetched") throw error;
    return commit(run, target, [{ ...item, flags: { ...item.flags, keywords: [] } }]);
  }
}

/** In the order of UIDs. */
async function fetchBatch(run: Run, folder: TransferFolder, batch: readonly RemoteMessage[]): Promise<readonly Item[]> {
  const { services, tenantId, accountId, remote } = run;
  const keyed = batch.map((fact) => ({ fact, digest: messageDigest(fact) }));
  const digests = keyed.map(({ digest }) => digest);
  const place = folder.isCollection ? null : folder.mailbox;
  const known = await services.db.tenant(tenantId, (tx) => selectKnown(tx, accountId, place, digests), {
    readOnly: true,
  });
  const wanted = keyed
    .filter(({ fact, digest }) => !known.has(hex(digest)) && isTakable(fact))
    .map(({ fact }) => fact.uid);
  const bytes = new Map(wanted.length > 0 ? await remote.fetch(wanted) : []);
  const items: Item[] = [];
  for (const { fact, digest } of keyed) {
    run.signal.throwIfAborted();
    if (known.has(hex(digest))) items.push({ kind: "known", fact, digest });
    else if (!isTakable(fact)) items.push({ kind: "problem", fact, code: "transfers.message_too_large" });
    else {
      // What did not come with the others is asked for alone: one broken message must not hold up its neighbours. One at
      // a time is kept in memory, since sizes are the other server's word.
      const source = bytes.get(fact.uid) ?? (await remote.fetch([fact.uid])).get(fact.uid);
      bytes.delete(fact.uid);
      if (source === undefined) items.push({ kind: "problem", fact, code: "transfers.message_withheld" });
      else if (source.length > mailboxLimits.messageBytesMax)
        items.push({ kind: "problem", fact, code: "transfers.message_too_large" });
      else {
        const message = await ingestMessage(services, tenantId, source);
        items.push({ kind: "fetched", fact, digest, message, flags: flagsOf(fact.flags) });
      }
    }
  }
  return items;
}

const isTakable = ({ sizeBytes }: RemoteMessage): boolean => sizeBytes <= mailboxLimits.messageBytesMax;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

async function commit(
  run: Run,
  { folder, mailboxId, uidvalidity }: FolderTarget,
  items: readonly Item[],
): Promise<boolean> {
  const { services, tenantId, id, accountId } = run;
  const fetched = items.filter((item) => item.kind === "fetched");
  const known = items.filter((item) => item.kind === "known");
  const problems = items.filter((item) => item.kind === "problem");
  return services.db.tenant(tenantId, async (tx) => {
    if (!(await isRunning(tx, id))) return false;
    const digests = fetched.map(({ digest }) => digest);
    const fresh = new Set(digests.length === 0 ? [] : await insertKnown(tx, accountId, folder.mailbox, digests));
    // `delete`: of two alike in one batch the first is taken.
    const taken = fetched.filter(({ digest }) => fresh.delete(hex(digest)));
    const place = { transferId: id, accountId, mailbox: folder.mailbox };
    if (taken.length > 0) {
      const input = { accountId, mailboxIds: [mailboxId], messages: taken.map(toAppend) };
      const { messages } = await appendMessages(tx, actor, input, services);
      const brought = taken.map((item, at) => {
        const messageId = messages[at]?.messageId;
        assert(messageId, "an appended message has an id");
        return { ...seenOf(item), messageId };
      });
      await noteBrought(tx, place, brought);
    }
    if (known.length > 0) await bringFlags(tx, place, known.map(seenOf), services);
    for (const { fact, code } of problems)
      await insertProblem(tx, id, { ordinal: folder.ordinal, ...problemOf(fact), code }, transferLimits.problemsMax);
    const isSame = await stepFolder(tx, id, folder.ordinal, {
      uidvalidity,
      lastUid: items.at(-1)?.fact.uid ?? 0,
      copied: taken.length,
      known: items.length - taken.length - problems.length,
      failed: problems.length,
      bytes: taken.reduce((sum, { message }) => sum + Number(message.blob.size), 0),
    });
    // Takes the whole back: what lies below a UID of the old numbers would be passed over.
    if (!isSame) throw new Failure("conflict", "transfers.other_state", "the folder was numbered anew meanwhile");
    return true;
  });
}

const toAppend = ({ fact, message, flags }: Fetched) => ({
  message,
  flags,
  ...(fact.internalDateMs === null ? {} : { receivedAtMs: fact.internalDateMs }),
});

/** Flags as they are over there, also those that no place was found for here. */
const seenOf = ({ digest, fact }: { readonly digest: Uint8Array; readonly fact: RemoteMessage }) => ({
  digest,
  flags: flagsOf(fact.flags),
});

const problemOf = ({ uid, subject, sentAtMs, sizeBytes }: RemoteMessage) => ({
  uid,
  subject: subject
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ")
    .slice(0, transferLimits.subjectCharsMax),
  sentAt: sentAtMs === null ? null : new Date(sentAtMs),
  sizeBytes,
});
