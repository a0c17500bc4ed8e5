/** Email/copy (RFC 8621 §4.7) and Blob/copy (RFC 8620 §6.3): between accounts that one person may open. */
import { type Fields, isFields, read } from "../arguments.ts";
import type { AccountStore } from "../backend.ts";
import { blobReader } from "../blob-ids.ts";
import { jmapLimits } from "../limits.ts";
import {
  type Answer,
  type Call,
  changingAccountOf,
  errorTold,
  type Method,
  resolveId,
  SetResult,
  writableAccountOf,
} from "../method.ts";
import { JmapError } from "../method-error.ts";
import { createdEmail, emailSet, readMembership } from "./email-set.ts";

async function sourceOf(call: Call): Promise<AccountStore> {
  const account = await call.backend.account(read.string(call.args, "fromAccountId"));
  if (account === null) throw new JmapError("fromAccountNotFound", "no such account to copy from");
  return account;
}

/** Email/copy, with the Email/set that removes the originals as a second answer. */
export const emailCopy: Method = async (call) => {
  const from = await sourceOf(call);
  const { account, chain } = await changingAccountOf(call);
  if (from.info.id === account.info.id)
    throw new JmapError("invalidArguments", "within an account mailboxIds are changed", ["fromAccountId"]);
  const wanted = read.stringOrNull(call.args, "ifFromInState");
  if (wanted !== null && wanted !== (await from.state()))
    throw new JmapError("stateMismatch", "the state of the account to copy from has moved on");
  const create = Object.entries(read.fields(call.args, "create"));
  if (create.length > jmapLimits.maxObjectsInSet) throw new JmapError("requestTooLarge", "too many emails");
  // Whatever is malformed is refused before anything is copied.
  const isMove = read.boolean(call.args, "onSuccessDestroyOriginal", false);
  const ifInState = read.stringOrNull(call.args, "destroyFromIfInState");
  const result = new SetResult(call);
  const originals: string[] = [];
  for (const [creationId, object] of create)
    await result.attempt("notCreated", creationId, async () => {
      if (!isFields(object)) throw new JmapError("invalidProperties", "a copy is an object");
      const id = resolveId(call, read.string(object, "id"));
      const [original] = await from.emails([id]);
      if (original === undefined) throw new JmapError("notFound", "no such email", ["id"]);
      const { mailboxIds, keywords, receivedAt } = readMembership(call, object);
      const bytes = await from.readMessage(id);
      const receivedAtMs = receivedAt === null ? original.receivedAtMs : Date.parse(receivedAt);
      const copy = await account.createEmail({ bytes, mailboxIds, keywords, receivedAtMs });
      call.createdIds.set(creationId, copy.id);
      originals.push(id);
      result.created[creationId] = createdEmail(copy, bytes.length);
    });
  const accountId = account.info.id;
  const { created, notCreated } = result.parts();
  const fields = { fromAccountId: from.info.id, accountId, ...(await chain.states(account)), created, notCreated };
  const answers: Answer[] = [["Email/copy", fields]];
  if (isMove && originals.length > 0) {
    const args = { accountId: from.info.id, destroy: originals, ...(ifInState === null ? {} : { ifInState }) };
    // The copies are made: what goes wrong with the originals is an answer of its own.
    answers.push(
      ...(await emailSet({ ...call, args }).catch((error): readonly Answer[] => [
        ["error", { ...errorTold(call, error, false) }],
      ])),
    );
  }
  return answers;
};

/** Blob/copy. */
export const blobCopy: Method = async (call) => {
  const from = await sourceOf(call);
  const account = await writableAccountOf(call);
  const ids = [...new Set(read.stringsOrNull(call.args, "blobIds") ?? [])];
  if (ids.length > jmapLimits.maxObjectsInSet) throw new JmapError("requestTooLarge", "too many blobs");
  const copied: Record<string, string> = {};
  const notCopied: Record<string, Fields> = {};
  for (const id of ids) {
    const blob = await blobReader(from)(id);
    if (blob === null) notCopied[id] = { type: "notFound" };
    else copied[id] = await account.uploadBlob(blob.bytes, blob.type);
  }
  const orNull = <T extends object>(part: T): T | null => (Object.keys(part).length === 0 ? null : part);
  const fields = { fromAccountId: from.info.id, accountId: account.info.id };
  return [["Blob/copy", { ...fields, copied: orNull(copied), notCopied: orNull(notCopied) }]];
};
