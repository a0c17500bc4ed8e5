/** Email/set. RFC 8621 §4.6: create composes a message, update changes keywords and mailboxes only. */
import { Failure } from "@casaforte/kernel";
import { type Fields, read, readSet } from "../arguments.ts";
import type { AccountStore, CreatedEmail, EmailChange, Outcome, SetChange } from "../backend.ts";
import { blobReader, messageBlobId } from "../blob-ids.ts";
import { readDraft, readKeyword, readKeywords } from "../draft.ts";
import { type Answer, type Call, changingAccountOf, type Method, resolveId, SetResult, setRequest } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Email/set. Creates, updates and destroys are one transaction each kind; a draft is replaced by create + destroy. */
export const emailSet: Method = (call) => setEmails(call, new SetResult(call));

/** The same, where `result` tells already of what was done to others. */
export async function setEmails(call: Call, result: SetResult): Promise<readonly Answer[]> {
  const { account, chain } = await changingAccountOf(call);
  const { create, update, destroy } = setRequest(call);
  for (const [creationId, object] of create) {
    await result.attempt("notCreated", creationId, async () => {
      result.created[creationId] = await createEmail(call, account, creationId, object);
    });
  }
  await applyUpdates(call, account, update, result);
  if (destroy.length > 0) {
    const outcomes = await outcomesOf(account.destroyEmails(destroy), destroy.length);
    destroy.forEach((id, index) => {
      const outcome = outcomes[index];
      if (outcome === null) result.destroyed.push(id);
      else result.refuse("notDestroyed", id, outcome ?? new JmapError("serverFail", "no outcome"));
    });
  }
  return [["Email/set", result.answer(account.info.id, await chain.states(account))]];
}

async function createEmail(call: Call, account: AccountStore, creationId: string, object: Fields): Promise<Fields> {
  const request = await readDraft(object, blobReader(account));
  const bytes = await account.compose(request.draft);
  const created = await account.createEmail({
    bytes,
    mailboxIds: request.mailboxIds.map((mailboxId) => resolveId(call, mailboxId)),
    keywords: request.keywords,
    ...(request.receivedAtMs === null ? {} : { receivedAtMs: request.receivedAtMs }),
  });
  call.createdIds.set(creationId, created.id);
  return createdEmail(created, bytes.length);
}

/** What a client is told of a message it made. */
export const createdEmail = ({ id, threadId }: CreatedEmail, size: number): Fields => ({
  id,
  blobId: messageBlobId(id),
  threadId,
  size,
});

/** One for each: a store that cannot be reached has refused them all, and what the method did before is done. */
const outcomesOf = (changing: Promise<readonly Outcome[]>, count: number): Promise<readonly Outcome[]> =>
  changing.catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    return Array.from({ length: count }, () => error);
  });

async function applyUpdates(
  call: Call,
  account: AccountStore,
  update: readonly (readonly [string, Fields])[],
  result: SetResult,
): Promise<void> {
  const changes: EmailChange[] = [];
  for (const [id, patch] of update) {
    await result.attempt("notUpdated", id, async () => {
      changes.push({ id, ...readPatch(call, patch) });
    });
  }
  if (changes.length === 0) return;
  const outcomes = await outcomesOf(account.changeEmails(changes), changes.length);
  changes.forEach((change, index) => {
    const outcome = outcomes[index];
    if (outcome === null) result.updated[change.id] = null;
    else result.refuse("notUpdated", change.id, outcome ?? new JmapError("serverFail", "no outcome"));
  });
}

/** Reads a PatchObject (RFC 8620 §5.3) over `keywords` and `mailboxIds`. @throws JmapError. */
export function readPatch(call: Call, patch: Fields): Omit<EmailChange, "id"> {
  const keywords = new PatchedSet("keywords");
  const mailboxIds = new PatchedSet("mailboxIds");
  for (const [path, value] of Object.entries(patch)) {
    if (path === "keywords") keywords.replace(readKeywords(value));
    else if (path === "mailboxIds") mailboxIds.replace(readSet(value, path).map((id) => resolveId(call, id)));
    else if (path.startsWith("keywords/")) keywords.member(readKeyword(pointerToken(path, 9)), value);
    else if (path.startsWith("mailboxIds/")) mailboxIds.member(resolveId(call, pointerToken(path, 11)), value);
    else throw new JmapError("invalidProperties", `cannot change ${path}`, [path]);
  }
  const change = { keywords: keywords.change(), mailboxIds: mailboxIds.change() };
  return {
    ...(change.keywords === null ? {} : { keywords: change.keywords }),
    ...(change.mailboxIds === null ? {} : { mailboxIds: change.mailboxIds }),
  };
}

const pointerToken = (path: string, from: number): string =>
  path.slice(from).replaceAll("~1", "/").replaceAll("~0", "~");

class PatchedSet {
  readonly #name: string;
  #values: readonly string[] | null = null;
  readonly #add: string[] = [];
  readonly #remove: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  replace(values: readonly string[]): void {
    this.#values = values;
  }

  member(member: string, value: unknown): void {
    if (value === true) this.#add.push(member);
    else if (value === null || value === false) this.#remove.push(member);
    else throw new JmapError("invalidPatch", `${this.#name} has only true and null`, [this.#name]);
  }

  change(): SetChange | null {
    const isPatched = this.#add.length + this.#remove.length > 0;
    if (this.#values !== null) {
      if (isPatched) throw new JmapError("invalidPatch", `${this.#name} is both set and patched`, [this.#name]);
      return { kind: "replace", values: this.#values };
    }
    return isPatched ? { kind: "patch", add: this.#add, remove: this.#remove } : null;
  }
}

/** Exported for Email/import, which takes the same two properties. */
export const readMembership = (call: Call, email: Fields) => ({
  mailboxIds: readSet(email["mailboxIds"], "mailboxIds").map((id) => resolveId(call, id)),
  keywords: email["keywords"] === undefined ? [] : readKeywords(email["keywords"]),
  receivedAt: read.stringOrNull(email, "receivedAt"),
});
