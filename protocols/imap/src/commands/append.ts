// RFC 9051 §6.3.12 APPEND, RFC 3502 MULTIAPPEND, RFC 7889 APPENDLIMIT, RFC 6855 §4 UTF8, RFC 8508 REPLACE, RFC 4469 CATENATE
import { assert, type Bytes, type ErrorKind, Failure, type MailboxId } from "@casaforte/kernel";
import type { AppendMessage } from "../backend.ts";
import type { Command, Handler } from "../command.ts";
import { failureReply } from "../failure-reply.ts";
import type { Flags } from "../flag-table.ts";
import type { Input } from "../input.ts";
import { findMailbox, mailboxArgument } from "../mailbox-lookup.ts";
import { BadUrl, type MessagePiece, UrlReader } from "../message-url.ts";
import { resolveIndexes } from "../resolve-set.ts";
import type { Session } from "../session.ts";
import { Cursor } from "../syntax/cursor.ts";
import { parseDateTime } from "../syntax/date.ts";
import { parseFlags } from "../syntax/flag-list.ts";
import { type LiteralMark, latin1 } from "../syntax/frames.ts";
import { formatOrderedSet } from "../syntax/sequence-set.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";

/** Streams one or more messages into a mailbox; all are appended, or none. */
export const append: Handler = (session, command) => receive(session, command, false);

/** Puts a message in the place of one that is taken out in the same step: no client sees both, or neither. */
export const replace: Handler = (session, command) => receive(session, command, true);

async function receive(session: Session, command: Command, replaces: boolean): Promise<string> {
  const upload = new Upload(session, command, replaces);
  try {
    return await upload.run();
  } catch (error) {
    try {
      // Before the client's pace counts.
      await upload.discard();
    } finally {
      await upload.skipRest();
    }
    if (error instanceof BadUrl) return `NO [BADURL ${shownUrl(error.url)}] ${error.message}`;
    if (error instanceof Failure) return failureReply(error, "TRYCREATE");
    throw error;
  }
}

/** A response code is one line without `]`: what is not so in a URL of a client is no URL anyway. */
const shownUrl = (url: string): string => (/^[\x21\x23-\x5b\x5e-\x7e]{1,1000}$/.test(url) ? `"${url}"` : '""');

interface Announced {
  readonly flags: Flags;
  readonly internalDateMs: number | null;
  /** Comes as it is, or in parts that the line goes on to tell. */
  readonly message: { readonly literal: LiteralMark; readonly utf8: boolean } | { readonly parts: Cursor };
}

/** Said before anything was asked to be kept. */
const refusals: ReadonlySet<ErrorKind> = new Set(["over_quota", "not_found", "conflict", "invalid", "precondition"]);

const pairOf = (number: number): [number, number] => [number, number];

class Upload {
  readonly #session: Session;
  readonly #command: Command;
  readonly #replaces: boolean;
  #messages: AppendMessage[] = [];
  #stagedBytes = 0;
  /** Read of the store for URLs, by the whole command: a line of text must not write what a thousand messages hold. */
  #urlBytes = 0;
  /** The literal that the client sends or will send, and how much of it is still to come. */
  #literal: LiteralMark | null;
  #leftBytes = 0;
  /** The bytes are on their way whatever we answer. */
  #committed = false;

  constructor(session: Session, command: Command, replaces: boolean) {
    this.#session = session;
    this.#command = command;
    this.#replaces = replaces;
    this.#literal = command.pendingLiteral;
    this.#leftBytes = this.#literal?.sizeBytes ?? 0;
    this.#committed = this.#literal !== null && !this.#literal.synchronizing;
  }

  async run(): Promise<string> {
    const { cursor } = this.#command;
    const session = this.#session;
    cursor.space();
    const uid = this.#replaces ? this.#replacedUid(cursor) : null;
    const name = mailboxArgument(session, cursor);
    let announced: Announced | null = this.#announced(cursor, this.#literal);
    if (uid !== null) this.#mayReplace(uid);
    const mailbox = await findMailbox(session, name);
    if (!mailbox?.selectable) throw new Failure("not_found", "imap.no_mailbox", "No such mailbox");
    while (announced) {
      if (this.#messages.length >= session.limits.appendMessages) {
        throw new Failure("too_large", "imap.append_messages", "Too many messages in one APPEND");
      }
      announced = await this.#receive(mailbox.id, announced);
      if (announced && uid !== null) throw new SyntaxFailure("One message replaces another");
    }
    if (uid !== null) return this.#replace(uid, mailbox.id);
    const result = await this.#asked((messages) => session.account.append(mailbox.id, messages));
    if (session.selectedOrNull?.mailbox.id === mailbox.id) {
      session.hinted = true;
      session.notifier?.noteOwn(result.uids);
    }
    return `OK [APPENDUID ${result.uidValidity} ${formatOrderedSet(result.uids)}] APPEND completed`;
  }

  /** Of the message to be replaced; 0 when a UID names none. */
  #replacedUid(cursor: Cursor): number {
    const { selected } = this.#session;
    const pairs = cursor.take("*") ? pairOf(0) : pairOf(cursor.nonZeroNumber());
    cursor.space();
    const [index] = resolveIndexes(selected, { kind: "ranges", pairs }, this.#command.uid);
    return index === undefined ? 0 : selected.tracker.uidAt(index);
  }

  #mayReplace(uid: number): void {
    if (this.#session.selected.readOnly)
      throw new Failure("precondition", "imap.read_only", "The mailbox is open read-only");
    if (uid === 0) throw new Failure("invalid", "imap.no_message", "There is no such message");
  }

  async #replace(uid: number, target: MailboxId): Promise<string> {
    const session = this.#session;
    const result = await this.#asked(([message]) => {
      assert(message, "a message came");
      return session.selected.mailbox.replace(uid, target, message);
    });
    session.out.line(
      `* OK [APPENDUID ${result.uidValidity} ${formatOrderedSet(result.uids)}] Replacement message ready`,
    );
    session.hinted = true;
    if (target === session.selected.mailbox.id) session.notifier?.noteOwn(result.uids);
    return "OK REPLACE completed";
  }

  /**
   * Gives the messages to the store. Only a refusal says for sure that it did not take them; bytes whose fate is unknown
   * may be a mail's, and stay for the store's own collector.
   */
  async #asked<T>(work: (messages: readonly AppendMessage[]) => Promise<T>): Promise<T> {
    const messages = this.#messages;
    this.#messages = [];
    try {
      return await work(messages);
    } catch (error) {
      if (error instanceof Failure && refusals.has(error.kind)) this.#messages = messages;
      throw error;
    }
  }

  /** Flags and date before a message literal. */
  #announced(cursor: Cursor, literal: LiteralMark | null): Announced {
    const { limits } = this.#session;
    cursor.space();
    let flags: Flags = { bits: 0, keywords: [] };
    let internalDateMs: number | null = null;
    if (cursor.peek() === "(") {
      flags = parseFlags(cursor, limits);
      cursor.space();
    }
    if (cursor.peek() === '"') {
      internalDateMs = parseDateTime(cursor);
      cursor.space();
    }
    if (cursor.takeWord("CATENATE")) {
      cursor.space();
      cursor.expect("(");
      return { flags, internalDateMs, message: { parts: cursor } };
    }
    const utf8 = takeUtf8(cursor);
    if (!literal || !cursor.atLineEnd) throw new SyntaxFailure("Expected a message");
    return { flags, internalDateMs, message: { literal, utf8 } };
  }

  /** Keeps the message, and answers the next one where the command goes on. */
  async #receive(mailboxId: MailboxId, announced: Announced): Promise<Announced | null> {
    const { message } = announced;
    if ("parts" in message) return this.#catenate(mailboxId, announced, message.parts);
    await this.#stage(mailboxId, announced, { sizeBytes: message.literal.sizeBytes, body: this.#body() });
    // A store that did not read to the end would leave message bytes to be taken for commands.
    await this.#skipLiteral();
    const cursor = await this.#line();
    if (message.utf8) cursor.expect(")");
    return this.#next(cursor);
  }

  async #stage(
    mailboxId: MailboxId,
    { flags, internalDateMs }: Announced,
    message: { readonly sizeBytes: number; readonly body: AsyncIterable<Bytes> },
  ): Promise<void> {
    if (message.sizeBytes > this.#session.limits.appendBytes) throw this.#tooLarge();
    if (message.sizeBytes === 0) throw new Failure("invalid", "imap.append_empty", "An empty message is not appended");
    const staged = await this.#session.account.stage(mailboxId, { ...message, stagedBytes: this.#stagedBytes });
    this.#stagedBytes += message.sizeBytes;
    this.#messages.push({ staged, flags, internalDateMs });
  }

  #tooLarge(): Failure {
    const { appendBytes } = this.#session.limits;
    return new Failure("too_large", "imap.append_size", `A message may have ${appendBytes} bytes`);
  }

  /**
   * Texts of the client's and fields of headers are kept until all parts are known, for the store wants to know the size of
   * the whole.
   */
  async #catenate(mailboxId: MailboxId, announced: Announced, first: Cursor): Promise<Announced | null> {
    const { input, limits } = this.#session;
    await using urls = new UrlReader(this.#session);
    const pieces: MessagePiece[] = [];
    let sizeBytes = 0;
    let keptBytesMax = limits.catenateTextBytes;
    let cursor = first;
    do {
      if (pieces.length >= limits.catenateParts)
        throw new Failure("too_large", "imap.catenate_parts", "Too many parts in one message");
      let piece: MessagePiece;
      if (cursor.takeWord("URL")) {
        cursor.space();
        const isLiteral = cursor.atLineEnd && this.#literal !== null;
        const url = isLiteral ? latin1(await this.#collect(limits.literalBytes)) : cursor.astring("a URL");
        if (isLiteral) cursor = await this.#line();
        assertThere(input);
        piece = await urls.open(url, Math.min(keptBytesMax, limits.appendBytes - this.#urlBytes));
        this.#urlBytes += piece.readBytes;
        if (piece.isKept) keptBytesMax -= piece.readBytes;
      } else {
        const utf8 = takeUtf8(cursor);
        if (!utf8 && cursor.takeWord("TEXT")) cursor.space();
        if (!cursor.atLineEnd || this.#literal === null) throw new SyntaxFailure("Expected TEXT or URL");
        const text = await this.#collect(keptBytesMax);
        keptBytesMax -= text.length;
        piece = { sizeBytes: text.length, readBytes: 0, isKept: true, read: async () => text };
        cursor = await this.#line();
        if (utf8) cursor.expect(")");
      }
      sizeBytes += piece.sizeBytes;
      if (sizeBytes > limits.appendBytes) throw this.#tooLarge();
      if (this.#urlBytes > limits.appendBytes)
        throw new Failure("too_large", "imap.catenate_urls", "The URLs of one command bring too much");
      pieces.push(piece);
    } while (cursor.take(" "));
    cursor.expect(")");
    await this.#stage(mailboxId, announced, { sizeBytes, body: bytesOf(pieces, input) });
    return this.#next(cursor);
  }

  /** The literal that comes next, whole. @throws too_large. */
  async #collect(bytesMax: number): Promise<Bytes> {
    if (this.#leftBytes > bytesMax) throw new Failure("too_large", "imap.catenate_text", "The text is too long");
    const pieces: Bytes[] = [];
    for await (const piece of this.#body()) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *#body(): AsyncGenerator<Bytes, void, undefined> {
    this.#invite();
    for await (const piece of this.#session.input.literal(this.#leftBytes)) {
      this.#leftBytes -= piece.length;
      yield piece;
    }
  }

  #invite(): void {
    if (this.#committed) return;
    this.#committed = true;
    this.#session.out.line("+ OK");
  }

  /** What follows a literal. */
  async #line(): Promise<Cursor> {
    this.#literal = null;
    this.#committed = false;
    const frame = await this.#session.input.line(this.#session.limits.lineBytes);
    if (frame.kind === "line_too_long") throw new SyntaxFailure("The line is too long");
    this.#literal = frame.literal;
    this.#leftBytes = frame.literal?.sizeBytes ?? 0;
    this.#committed = frame.literal !== null && !frame.literal.synchronizing;
    return new Cursor([frame.text]);
  }

  /** What follows a message: the end of the command, or the next message. */
  #next(cursor: Cursor): Announced | null {
    return !this.#literal && cursor.atEnd ? null : this.#announced(cursor, this.#literal);
  }

  async #skipLiteral(): Promise<void> {
    while (this.#leftBytes > 0) {
      for await (const piece of this.#session.input.literal(this.#leftBytes)) this.#leftBytes -= piece.length;
    }
  }

  /** Reads past what the client sends anyway, so that the next command is found. */
  async skipRest(): Promise<void> {
    while (this.#committed) {
      await this.#skipLiteral();
      const frame = await this.#session.input.line(this.#session.limits.lineBytes);
      const literal = frame.kind === "line" ? frame.literal : null;
      this.#leftBytes = literal?.sizeBytes ?? 0;
      this.#committed = literal !== null && !literal.synchronizing;
    }
  }

  async discard(): Promise<void> {
    if (this.#messages.length > 0) await this.#session.account.discard(this.#messages.map(({ staged }) => staged));
  }
}

/** `UTF8 (` before a literal8, whose `)` follows it (RFC 6855 §4). */
function takeUtf8(cursor: Cursor): boolean {
  if (!cursor.takeWord("UTF8")) return false;
  cursor.space();
  cursor.expect("(");
  return true;
}

/** Listens for the client's end, at most one piece ahead. @throws SessionEnd when the client is gone. */
function assertThere(input: Input): void {
  if (!input.hasMore) input.watch();
  input.check();
}

async function* bytesOf(pieces: readonly MessagePiece[], input: Input): AsyncGenerator<Bytes, void, undefined> {
  for (const piece of pieces) {
    assertThere(input);
    const bytes = await piece.read();
    if (bytes instanceof Uint8Array) yield bytes;
    else yield* bytes;
  }
}
