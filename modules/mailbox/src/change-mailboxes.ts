import { type Actor, Failure, type MailAccountId, type MailboxId, newId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import { lockedAccount, noSuchMailbox } from "./locked-account.ts";
import { ancestorPaths, checkMailboxPath, type Mailbox, type MailboxRole, parentPath } from "./mailbox.ts";
import { removeFromMailbox } from "./remove-messages.ts";
import { assertMayUse, hintChange, type MailboxServices } from "./services.ts";
import { deleteAnnotationsOf } from "./store-annotations.ts";
import { type LockedAccount, selectMemberships, stepAccount, stepMailboxes } from "./store-changes.ts";
import { moveAt } from "./store-copy.ts";
import {
  deleteMailboxRow,
  insertMailbox,
  type MailboxProperties,
  renamePaths,
  selectMailbox,
  selectMailboxes,
  updateMailboxRow,
} from "./store-mailboxes.ts";
import { deleteFolderSharesOf } from "./store-shares.ts";

export interface CreateMailboxInput {
  readonly accountId: MailAccountId;
  readonly path: string;
  readonly role?: MailboxRole | null;
  readonly subscribed?: boolean;
  readonly sortOrder?: number;
}

/**
 * Creates a mailbox and its missing parents. Each gets the account's next UIDVALIDITY, higher than any before.
 * @throws conflict `mailbox.exists`, `mailbox.role_taken`, invalid `mailbox.name`, over_quota `mailbox.too_many`.
 */
export async function createMailbox(
  tx: TenantTx,
  actor: Actor,
  input: CreateMailboxInput,
  services: MailboxServices,
): Promise<Mailbox> {
  assertMayUse(tx, actor, input.accountId, "manage");
  const path = checkMailboxPath(input.path);
  const { account, mailboxes } = await lockTree(tx, input.accountId);
  const role = input.role ?? null;
  if (role !== null && mailboxes.some((box) => box.role === role))
    throw new Failure("conflict", "mailbox.role_taken", "another mailbox has this role");
  const tree = new TreeChange(tx, input.accountId, account, mailboxes, services);
  const known = mailboxes.find((box) => box.path === path);
  if (known?.selectable) throw exists();
  const id = known
    ? known.id
    : await tree.create(path, { role, subscribed: input.subscribed ?? true, sortOrder: input.sortOrder ?? 100 });
  if (known) await tree.revive(known, role);
  await tree.finish();
  const made = await selectMailbox(tx, input.accountId, id);
  if (!made) throw noSuchMailbox();
  return made;
}

export interface MailboxInput {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
}

/**
 * Renames a mailbox with all its children; ids, UIDs and UIDVALIDITY stay. Renaming INBOX moves its messages to a new
 * mailbox instead and leaves INBOX empty (RFC 9051 §6.3.6).
 * @throws not_found `mailbox.not_found`, conflict `mailbox.exists`, invalid `mailbox.name`.
 */
export async function renameMailbox(
  tx: TenantTx,
  actor: Actor,
  input: MailboxInput & { readonly path: string },
  services: MailboxServices,
): Promise<void> {
  assertMayUse(tx, actor, input.accountId, "manage");
  const path = checkMailboxPath(input.path);
  const { account, mailboxes } = await lockTree(tx, input.accountId);
  const box = mailboxes.find(({ id }) => id === input.mailboxId);
  if (!box) throw noSuchMailbox();
  const tree = new TreeChange(tx, input.accountId, account, mailboxes, services);
  if (path.startsWith(`${box.path}/`) && box.role !== "inbox")
    throw new Failure("invalid", "mailbox.name", "a mailbox cannot become its own child");
  if (mailboxes.some((other) => other.path === path)) throw exists();
  if (box.role === "inbox") {
    const target = await tree.create(path, { role: null, subscribed: true, sortOrder: 100 });
    await tree.finish();
    const savedAt = new Date(services.clock.nowMs());
    await moveAt(tx, { accountId: input.accountId, source: box.id, target, uids: null, savedAt });
    return;
  }
  const deepest = Math.max(
    ...mailboxes.filter((other) => other.path.startsWith(`${box.path}/`)).map((other) => other.path.length),
    0,
  );
  checkMailboxPath(path + "x".repeat(Math.max(0, deepest - box.path.length)));
  await tree.ensureParents(path);
  await renamePaths(tx, input.accountId, box.path, path, tree.modseq);
  await tree.dropEmptyShells(box.path);
  await tree.finish();
}

/**
 * Deletes a mailbox; messages that lie nowhere else are destroyed. With children its name stays, not selectable.
 * `onlyEmpty` refuses one with messages. @throws not_found `mailbox.not_found`, forbidden `mailbox.inbox`, conflict
 * `mailbox.has_children`, `mailbox.has_messages`.
 */
export async function deleteMailbox(
  tx: TenantTx,
  actor: Actor,
  input: MailboxInput & { readonly onlyEmpty?: boolean; readonly refuseChildren?: boolean },
  services: MailboxServices,
): Promise<void> {
  assertMayUse(tx, actor, input.accountId, "manage");
  const { account, mailboxes } = await lockTree(tx, input.accountId);
  const box = mailboxes.find(({ id }) => id === input.mailboxId);
  if (!box) throw noSuchMailbox();
  if (box.role === "inbox") throw new Failure("forbidden", "mailbox.inbox", "INBOX cannot be deleted");
  const hasChildren = mailboxes.some((other) => other.path.startsWith(`${box.path}/`));
  if (hasChildren && (!box.selectable || input.refuseChildren === true))
    throw new Failure("conflict", "mailbox.has_children", "the mailbox has children");
  if (input.onlyEmpty === true && box.total > 0)
    throw new Failure("conflict", "mailbox.has_messages", "the mailbox has messages");
  const tree = new TreeChange(tx, input.accountId, account, mailboxes, services);
  const uids = (await selectMemberships(tx, box.id, null)).map((row) => row.uid);
  if (uids.length > 0) {
    const removed = await removeFromMailbox(tx, input.accountId, box.id, uids, tree.modseq, services);
    await stepMailboxes(tx, tree.modseq, removed.steps);
    tree.uncharge(removed);
  }
  await deleteAnnotationsOf(tx, box.id);
  await deleteFolderSharesOf(tx, box.id);
  if (hasChildren) await tree.makeShell(box);
  else {
    await deleteMailboxRow(tx, input.accountId, box.id, tree.modseq);
    tree.forget(box);
    await tree.dropEmptyShells(box.path);
  }
  await tree.finish();
}

/** Subscription, role, order. @throws not_found `mailbox.not_found`, conflict `mailbox.role_taken`. */
export async function updateMailbox(
  tx: TenantTx,
  actor: Actor,
  input: MailboxInput & {
    readonly subscribed?: boolean;
    readonly sortOrder?: number;
    readonly role?: MailboxRole | null;
  },
  services: MailboxServices,
): Promise<void> {
  assertMayUse(tx, actor, input.accountId, "manage");
  const { account, mailboxes } = await lockTree(tx, input.accountId);
  const box = mailboxes.find(({ id }) => id === input.mailboxId);
  if (!box) throw noSuchMailbox();
  const role = box.role === "inbox" || input.role === undefined ? box.role : input.role;
  if (role !== null && mailboxes.some((other) => other.role === role && other.id !== box.id))
    throw new Failure("conflict", "mailbox.role_taken", "another mailbox has this role");
  const after = {
    ...propertiesOf(box),
    role,
    subscribed: input.subscribed ?? box.subscribed,
    sortOrder: input.sortOrder ?? box.sortOrder,
  };
  if (after.role === box.role && after.subscribed === box.subscribed && after.sortOrder === box.sortOrder) return;
  await updateMailboxRow(tx, box.id, after, account.modseq + 1);
  await stepAccount(tx, input.accountId, { modseq: account.modseq + 1 });
  hintChange(tx, services, input.accountId);
}

const exists = (): Failure => new Failure("conflict", "mailbox.exists", "a mailbox of this name exists");

const propertiesOf = (box: Mailbox): MailboxProperties => ({
  selectable: box.selectable,
  uidvalidity: box.uidvalidity,
  role: box.role,
  subscribed: box.subscribed,
  sortOrder: box.sortOrder,
});

async function lockTree(tx: TenantTx, accountId: MailAccountId) {
  const [account, mailboxes] = await Promise.all([lockedAccount(tx, accountId), selectMailboxes(tx, accountId)]);
  return { account, mailboxes };
}

/** One change of the tree under the account's lock: takes UIDVALIDITYs, keeps what it learnt, writes the counter last. */
class TreeChange {
  readonly modseq: number;
  readonly #tx: TenantTx;
  readonly #accountId: MailAccountId;
  readonly #services: MailboxServices;
  #uidvalidity: number;
  #mailboxes: readonly Mailbox[];
  #bytes = 0;
  #messages = 0;
  #created = 0;

  constructor(
    tx: TenantTx,
    accountId: MailAccountId,
    account: LockedAccount,
    mailboxes: readonly Mailbox[],
    services: MailboxServices,
  ) {
    this.#tx = tx;
    this.#accountId = accountId;
    this.#services = services;
    this.modseq = account.modseq + 1;
    this.#uidvalidity = account.uidvalidity;
    this.#mailboxes = mailboxes;
  }

  /** With missing parents. */
  async create(
    path: string,
    kind: { readonly role: MailboxRole | null; readonly subscribed: boolean; readonly sortOrder: number },
  ): Promise<MailboxId> {
    await this.ensureParents(path);
    return this.#insert(path, kind);
  }

  async ensureParents(path: string): Promise<void> {
    for (const parent of ancestorPaths(path)) {
      if (this.#mailboxes.some((box) => box.path === parent)) continue;
      await this.#insert(parent, { role: null, subscribed: true, sortOrder: 100 });
    }
  }

  async #insert(
    path: string,
    kind: { readonly role: MailboxRole | null; readonly subscribed: boolean; readonly sortOrder: number },
  ): Promise<MailboxId> {
    if (this.#mailboxes.length + ++this.#created > mailboxLimits.mailboxesMax)
      throw new Failure("over_quota", "mailbox.too_many", "the account has too many mailboxes");
    const id = newId<MailboxId>(this.#services.clock, this.#services.random);
    const createdAt = new Date(this.#services.clock.nowMs());
    const uidvalidity = ++this.#uidvalidity;
    await insertMailbox(this.#tx, {
      id,
      accountId: this.#accountId,
      path,
      uidvalidity,
      modseq: this.modseq,
      createdAt,
      ...kind,
    });
    return id;
  }

  /** A name that stayed for its children becomes a mailbox again, with a new UIDVALIDITY. */
  async revive(shell: Mailbox, role: MailboxRole | null): Promise<void> {
    const uidvalidity = ++this.#uidvalidity;
    await updateMailboxRow(
      this.#tx,
      shell.id,
      { ...propertiesOf(shell), selectable: true, uidvalidity, role },
      this.modseq,
    );
  }

  async makeShell(box: Mailbox): Promise<void> {
    await updateMailboxRow(this.#tx, box.id, { ...propertiesOf(box), selectable: false, role: null }, this.modseq);
  }

  forget(gone: Mailbox): void {
    this.#mailboxes = this.#mailboxes.filter((box) => box.id !== gone.id);
  }

  /** Parents that were kept only for the child which has just left. */
  async dropEmptyShells(path: string): Promise<void> {
    this.#mailboxes = this.#mailboxes.filter((box) => box.path !== path && !box.path.startsWith(`${path}/`));
    for (let parent = parentPath(path); parent !== null; parent = parentPath(parent)) {
      const prefix = `${parent}/`;
      const shell = this.#mailboxes.find((box) => box.path === parent);
      if (!shell || shell.selectable || this.#mailboxes.some((box) => box.path.startsWith(prefix))) return;
      await deleteMailboxRow(this.#tx, this.#accountId, shell.id, this.modseq);
      this.forget(shell);
    }
  }

  uncharge(removed: { readonly messages: number; readonly bytes: number }): void {
    this.#bytes -= removed.bytes;
    this.#messages -= removed.messages;
  }

  async finish(): Promise<void> {
    const { modseq } = this;
    await stepAccount(this.#tx, this.#accountId, {
      modseq,
      bytes: this.#bytes,
      messages: this.#messages,
      uidvalidity: this.#uidvalidity,
    });
    hintChange(this.#tx, this.#services, this.#accountId);
  }
}
