// RFC 5092 IMAP URLs without a server, as CATENATE (RFC 4469) names what it takes
import { type Bytes, Failure } from "@casaforte/kernel";
import type { BodyBytes, MessageFacts, OpenMailbox } from "./backend.ts";
import { findMailbox } from "./mailbox-lookup.ts";
import { type ByteRange, sectionRange, selectFields } from "./section-range.ts";
import type { Session } from "./session.ts";
import { Cursor } from "./syntax/cursor.ts";
import { parseFetchItems, type Section } from "./syntax/fetch-items.ts";
import { latin1 } from "./syntax/frames.ts";
import { decodeMailboxName } from "./syntax/mailbox-name.ts";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";

/** The URL names nothing here that the session may read. */
export class BadUrl extends Error {
  override readonly name = "BadUrl";
  /** As it came, one character a byte. */
  readonly url: string;

  constructor(url: string) {
    super("The URL names no message or part of one here");
    this.url = url;
  }
}

/** Bytes of a message: how many, and the way to them. */
export interface MessagePiece {
  readonly sizeBytes: number;
  /** Read of the store for it, now and when it is asked for: of a header's fields the whole header. */
  readonly readBytes: number;
  /** It waits in memory until it is asked for. */
  readonly isKept: boolean;
  read(): Promise<BodyBytes>;
}

interface MessageUrl {
  /** Null: the selected one. */
  readonly mailboxName: string | null;
  readonly uidValidity: number | null;
  readonly uid: number;
  readonly section: Section | null;
  readonly partial: { readonly offset: number; readonly length: number | null } | null;
}

const form =
  /^(?:\/([^;?]{1,3000}?)(?:;UIDVALIDITY=(\d{1,10}))?\/|\/?);UID=(\d{1,10})(?:\/;SECTION=([^;]{1,3000}?))?(?:\/;PARTIAL=(\d{1,10})(?:\.(\d{1,10}))?)?$/i;

/** The pieces that URLs name, with the mailboxes that were opened for them. Dispose of it when all were read. */
export class UrlReader implements AsyncDisposable {
  readonly #session: Session;
  readonly #opened = new Map<string, OpenMailbox>();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * A header whose fields are asked for is read at once, since nobody knows before how long they are; at most
   * `headerBytesMax` of it. @throws BadUrl, too_large.
   */
  async open(url: string, headerBytesMax: number): Promise<MessagePiece> {
    try {
      const piece = await this.#find(parse(url, this.#session), headerBytesMax);
      if (piece !== null) return piece;
    } catch (error) {
      const isOurs = !(error instanceof SyntaxFailure) && !(error instanceof Failure && isOfTheName.has(error.kind));
      if (isOurs) throw error;
    }
    throw new BadUrl(url);
  }

  async #find(url: MessageUrl | null, headerBytesMax: number): Promise<MessagePiece | null> {
    const mailbox = url && (await this.#mailbox(url.mailboxName));
    if (!mailbox || (url.uidValidity !== null && url.uidValidity !== mailbox.snapshot.uidValidity)) return null;
    let facts: MessageFacts | undefined;
    for await (const batch of mailbox.facts(Uint32Array.of(url.uid), { size: true, structure: true }))
      facts = batch[0] ?? facts;
    if (facts?.structure === undefined) return null;
    const { section, partial, uid } = url;
    const range =
      section === null ? { offset: 0, length: facts.sizeBytes ?? 0 } : sectionRange(facts.structure, section);
    if (range === null) return null;
    if (section?.text === "fields" || section?.text === "fields_not") {
      if (range.length > headerBytesMax)
        throw new Failure("too_large", "imap.catenate_header", "The headers are too long");
      const header = latin1(await wholeOf(await bodyOf(mailbox, uid, range)));
      const picked = selectFields(header, section.fields, section.text === "fields_not");
      const { offset, length } = clip({ offset: 0, length: picked.length }, partial);
      // A copy of its own: a part of the text would keep the whole.
      const fields = new Uint8Array(Buffer.from(picked.slice(offset, offset + length), "latin1"));
      return { sizeBytes: length, readBytes: range.length, isKept: true, read: async () => fields };
    }
    const wanted = clip(range, partial);
    const sizeBytes = wanted.length;
    return { sizeBytes, readBytes: sizeBytes, isKept: false, read: () => bodyOf(mailbox, uid, wanted) };
  }

  async #mailbox(name: string | null): Promise<OpenMailbox | null> {
    const selected = this.#session.selectedOrNull?.mailbox ?? null;
    if (name === null) return selected;
    const known = this.#opened.get(name);
    if (known) return known;
    const info = await findMailbox(this.#session, name);
    if (!info?.selectable) return null;
    if (selected?.id === info.id) return selected;
    const opened = await this.#session.account.open(info.id, { readOnly: true });
    this.#opened.set(name, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const mailbox of this.#opened.values()) await mailbox.close();
  }
}

/** What says that the URL is no good, and not that we are not well. */
const isOfTheName: ReadonlySet<string> = new Set(["not_found", "invalid", "forbidden"]);

function parse(url: string, { limits }: Session): MessageUrl | null {
  const [, mailbox, uidValidity, uid, section, offset, length] = form.exec(url) ?? [];
  if (uid === undefined || !/^[\x21-\x7e]+$/.test(url)) return null;
  const [item] = section === undefined ? [] : parseFetchItems(new Cursor([`BODY.PEEK[${decode(section)}]`]), limits);
  return {
    mailboxName: mailbox === undefined ? null : decodeMailboxName(decode(mailbox), true),
    uidValidity: uidValidity === undefined ? null : Number(uidValidity),
    uid: Number(uid) >>> 0,
    section: item?.kind === "section" ? item.section : null,
    partial:
      offset === undefined ? null : { offset: Number(offset), length: length === undefined ? null : Number(length) },
  };
}

/** Percent signs undone, one character a byte. */
const decode = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function clip(range: ByteRange, partial: MessageUrl["partial"]): ByteRange {
  if (partial === null) return range;
  const skip = Math.min(partial.offset, range.length);
  return { offset: range.offset + skip, length: Math.min(partial.length ?? range.length, range.length - skip) };
}

const bodyOf = async (mailbox: OpenMailbox, uid: number, range: ByteRange): Promise<BodyBytes> =>
  range.length === 0 ? new Uint8Array() : mailbox.body(uid, range);

async function wholeOf(body: BodyBytes): Promise<Bytes> {
  if (body instanceof Uint8Array) return body;
  const pieces: Bytes[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
