import { type Bytes, Failure, type MailboxId } from "@casaforte/kernel";
import type { FlagColumns, ImapAccount, ImapBackend, OpenMailbox } from "./backend.ts";
import type { Flags } from "./flag-table.ts";

/** A store under test with one fresh account. */
export interface ConformanceSubject {
  readonly backend: ImapBackend;
  readonly user: string;
  readonly password: string;
  /** Another account of the same organisation. */
  readonly colleague: string;
  close(): Promise<void>;
}

const none: Flags = { bits: 0, keywords: [] };

/** A session of the subject's account. */
export async function signIn(subject: ConformanceSubject, password = subject.password): Promise<ImapAccount> {
  const { user } = subject;
  return subject.backend.authenticate({ mechanism: "PLAIN", user, password, ip: "192.0.2.1", tls: true });
}

/** The mailbox of this name. @throws not_found. */
export async function named(account: ImapAccount, name: string) {
  const found = (await account.list()).find((mailbox) => mailbox.name === name);
  if (!found) throw new Failure("not_found", "conformance.mailbox", `no mailbox ${name}`);
  return found;
}

/** Figures of one mailbox. @throws not_found. */
export async function statusOf(account: ImapAccount, id: MailboxId) {
  const [status] = await account.status([id]);
  if (!status) throw new Failure("not_found", "conformance.mailbox", "no such mailbox");
  return status;
}

/** A small message with CRLF line ends. */
export function message(subject: string, body = "Body"): Uint8Array {
  return new Uint8Array(Buffer.from(`Subject: ${subject}\r\nFrom: ann@example.org\r\n\r\n${body}\r\n`));
}

async function* pieces(bytes: Bytes): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

/** Uploads a message in pieces. */
export function stage(account: ImapAccount, mailboxId: MailboxId, bytes: Bytes) {
  return account.stage(mailboxId, { sizeBytes: bytes.length, body: pieces(bytes) });
}

/** Uploads and appends one message of 5 January 2026; returns its UID. */
export async function append(account: ImapAccount, mailboxId: MailboxId, bytes: Bytes, flags = none): Promise<number> {
  const staged = await stage(account, mailboxId, bytes);
  const { uids } = await account.append(mailboxId, [{ staged, flags, internalDateMs: Date.UTC(2026, 0, 5) }]);
  return uids[0] ?? 0;
}

/** A range of a body as one array. */
export async function read(mailbox: OpenMailbox, uid: number, offset: number, length: number): Promise<Uint8Array> {
  const body = await mailbox.body(uid, { offset, length });
  const parts: Bytes[] = [];
  for await (const piece of body instanceof Uint8Array ? [body] : body) parts.push(piece);
  return new Uint8Array(Buffer.concat(parts));
}

/** All facts of messages. */
export async function factsOf(mailbox: OpenMailbox, uids: number[]) {
  const fields = { size: true, internalDate: true, ids: true, structure: true, header: true, envelope: true };
  const all = [];
  for await (const batch of mailbox.facts(Uint32Array.from(uids), fields)) all.push(...batch);
  return all;
}

/** Flags behind the numbers. */
export function flagsOf(mailbox: OpenMailbox, { flagSets }: FlagColumns): Flags[] {
  return Array.from(flagSets, (number) => {
    const { bits, keywords } = mailbox.table.flags(number);
    return { bits, keywords: [...keywords] };
  });
}

/** Changes as plain arrays. */
export function columns(changes: { changed: FlagColumns; vanished: Uint32Array }) {
  return { changed: [...changes.changed.uids], vanished: [...changes.vanished] };
}
