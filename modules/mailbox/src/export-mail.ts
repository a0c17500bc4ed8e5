import { type Bytes, Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { isAddressIn } from "./address-in.ts";
import { flagBits } from "./flags.ts";
import { mailboxLimits } from "./limits.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { selectExportedAccounts, selectExportedMessages } from "./store-export.ts";
import { selectMailboxes } from "./store-mailboxes.ts";

/** One file of a Maildir; its bytes are the message as it was stored. */
export interface MaildirFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  open(signal?: AbortSignal): AsyncIterable<Bytes>;
}

export interface MaildirScope {
  /** Addresses of accounts; all when absent. */
  readonly mailAccounts?: readonly string[];
  /** Accounts of this domain, A-labels. */
  readonly mailDomain?: string;
  /** By the time of arrival. */
  readonly from?: Date;
  readonly until?: Date;
  /** Also accounts that are deleted and not purged yet, at `mail/<address>.deleted-<id>`. */
  readonly withDeleted?: boolean;
}

/** Flags as a Maildir's file name carries them, in the order of the alphabet. */
export function maildirFlags(bits: number): string {
  const letters = {
    D: flagBits.draft,
    F: flagBits.flagged,
    R: flagBits.answered,
    S: flagBits.seen,
    T: flagBits.deleted,
  };
  return Object.entries(letters)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([letter]) => letter)
    .join("");
}

/** A mailbox's path as folders: no part leaves the archive or is taken for the Maildir's own. */
export const mailboxFolder = (path: string): string =>
  path
    .split("/")
    .map((part) => (/^(\.|\.\.|cur|new|tmp)$/.test(part) ? `_${part}` : part.replaceAll("\\", "_")))
    .join("/");

/** A message as an archive needs it, in the order of mailboxes and UIDs. */
export interface ExportedMessage {
  readonly boxPath: string;
  readonly uidvalidity: number;
  readonly uid: number;
  /** System flags as bits. */
  readonly flags: number;
  readonly keywords: readonly string[];
  readonly sizeBytes: number;
  readonly receivedAt: Date;
  open(): AsyncIterable<Bytes>;
}

/** `<mailbox>/cur/<UIDVALIDITY>.<UID>.casaforte:2,<flags>`, as a Maildir has it. */
export const maildirPath = ({ boxPath, uidvalidity, uid, flags }: ExportedMessage): string =>
  `${mailboxFolder(boxPath)}/cur/${uidvalidity}.${uid}.casaforte:2,${maildirFlags(flags)}`;

/**
 * One account's messages, a mailbox after the other. A message that goes meanwhile is left out, or with `withLost` given all
 * the same, and reading it fails. So it does when its bytes are damaged.
 */
export async function* exportMessages(
  services: Pick<MailboxEdgeServices, "db" | "blobs">,
  tenantId: TenantId,
  scope: {
    readonly accountId: MailAccountId;
    readonly from?: Date;
    readonly until?: Date;
    readonly withLost?: boolean;
  },
  signal: AbortSignal,
): AsyncGenerator<ExportedMessage> {
  const { db, blobs } = services;
  const boxes = await db.tenant(tenantId, (tx) => selectMailboxes(tx, scope.accountId), { readOnly: true });
  for (const box of boxes) {
    for (let afterUid = 0; ; ) {
      signal.throwIfAborted();
      const range = {
        afterUid,
        count: mailboxLimits.exportPage,
        from: scope.from ?? null,
        until: scope.until ?? null,
      };
      const messages = await db.tenant(tenantId, (tx) => selectExportedMessages(tx, box.id, range), {
        readOnly: true,
      });
      for (const message of messages) {
        afterUid = message.uid;
        const file = await begin(blobs.read(tenantId, message.blobId, undefined, { signal }), scope.withLost ?? false);
        if (file === null) continue;
        const { uid, flags, keywords, receivedAt } = message;
        const { path: boxPath, uidvalidity } = box;
        const sizeBytes = Number(message.sizeBytes);
        yield { boxPath, uidvalidity, uid, flags, keywords, receivedAt, sizeBytes, open: () => file };
      }
      if (messages.length < mailboxLimits.exportPage) break;
    }
  }
}

/**
 * All mail of a tenant, each mailbox a Maildir: `mail/<address>/<mailbox>/cur/…` (R62, R63).
 * @throws not_found `mailbox.not_there` for a wanted account.
 */
export async function* exportMail(
  services: Pick<MailboxEdgeServices, "db" | "blobs">,
  tenantId: TenantId,
  { mailAccounts, mailDomain, withDeleted = false, ...dates }: MaildirScope,
  signal: AbortSignal,
): AsyncGenerator<MaildirFile> {
  const wanted = mailAccounts && new Set(mailAccounts.map((address) => address.toLowerCase()));
  const accounts = await services.db.tenant(tenantId, (tx) => selectExportedAccounts(tx, withDeleted), {
    readOnly: true,
  });
  const known = new Set(accounts.map(({ address }) => address));
  for (const address of wanted ?? [])
    if (!known.has(address)) throw new Failure("not_found", "mailbox.not_there", `there is no mailbox ${address}`);
  for (const { id, address, isDeleted } of accounts) {
    if (wanted && !wanted.has(address)) continue;
    if (mailDomain !== undefined && !isAddressIn(address, mailDomain)) continue;
    for await (const message of exportMessages(services, tenantId, { accountId: id, ...dates }, signal))
      yield {
        path: `mail/${address}${isDeleted ? `.deleted-${id}` : ""}/${maildirPath(message)}`,
        sizeBytes: message.sizeBytes,
        modifiedMs: message.receivedAt.getTime(),
        open: message.open,
      };
  }
}

/** Begun before its header is written, so that a message that has just gone does not break the archive. */
async function begin(source: AsyncIterable<Bytes>, withLost: boolean): Promise<AsyncIterable<Bytes> | null> {
  const pieces = source[Symbol.asyncIterator]();
  try {
    const first = await pieces.next();
    return (async function* () {
      try {
        for (let item = first; !item.done; item = await pieces.next()) yield item.value;
      } finally {
        await pieces.return?.();
      }
    })();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === "not_found" && !withLost) return null;
    if (error.kind === "not_found" || error.kind === "corrupt") return failing(error);
    throw error;
  }
}

/** Fails at its first piece. */
const failing = (error: Failure): AsyncIterable<Bytes> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});
