// RFC 5464 METADATA: GETMETADATA §4.2, SETMETADATA §4.3, responses §4.4; RFC 6154 §5.4 /private/specialuse
import { Failure, type MailboxId } from "@casaforte/kernel";
import type { Annotation, AnnotationStore } from "../annotation-store.ts";
import type { Handler } from "../command.ts";
import { formatAstring, formatString } from "../format/quote.ts";
import { mailboxArgument, printedName, requireMailbox } from "../mailbox-lookup.ts";
import type { Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { decodeUtf8, encodeUtf8 } from "../syntax/text.ts";

/** Told of mailboxes with a special use, and never set: CREATE-SPECIAL-USE sets it. */
const specialUseEntry = "/private/specialuse";

interface Options {
  readonly depth: number;
  readonly sizeMax: number;
}

const everything: Options = { depth: 0, sizeMax: Number.POSITIVE_INFINITY };

/** Annotations of a mailbox, or of the account for the empty name. */
export const getMetadata: Handler = async (session, { cursor }) => {
  cursor.space();
  let options = everything;
  if (cursor.peek() === "(") {
    options = optionsArgument(cursor);
    cursor.space();
  }
  const name = mailboxArgument(session, cursor);
  cursor.space();
  if (cursor.looksAt("(MAXSIZE") || cursor.looksAt("(DEPTH")) {
    options = optionsArgument(cursor);
    cursor.space();
  }
  const asked =
    cursor.peek() === "("
      ? cursor.list(() => entryName(session, cursor, true), session.limits.annotations)
      : [entryName(session, cursor, true)];
  cursor.end();
  const { store, id, specialUse } = await placeOf(session, name);
  const stored = await store.read(id);
  const kept = specialUse === null ? stored : [{ entry: specialUseEntry, value: specialUse }, ...stored];
  const found = new Map(asked.flatMap((entry) => below(kept, entry, options.depth)).map((one) => [one.entry, one]));
  const pairs: string[] = [];
  let longest = 0;
  for (const { entry, value } of found.values()) {
    const bytes = value === null ? 0 : Buffer.byteLength(value);
    if (bytes > options.sizeMax) longest = Math.max(longest, bytes);
    else pairs.push(`${formatAstring(entry)} ${value === null ? "NIL" : formatString(encodeUtf8(value))}`);
  }
  if (pairs.length > 0) session.out.line(`* METADATA ${placeName(session, name)} (${pairs.join(" ")})`);
  return longest === 0 ? "OK GETMETADATA completed" : `OK [METADATA LONGENTRIES ${longest}] GETMETADATA completed`;
};

/** What was asked for and what lies as many levels below; what was named itself and is not there is NIL. */
function below(
  kept: readonly Annotation[],
  entry: string,
  depth: number,
): readonly { readonly entry: string; readonly value: string | null }[] {
  const itself = kept.find((one) => one.entry === entry) ?? (depth === 0 ? { entry, value: null } : null);
  const under = kept.filter(
    (one) => one.entry.startsWith(`${entry}/`) && one.entry.slice(entry.length + 1).split("/").length <= depth,
  );
  return itself === null ? under : [itself, ...under];
}

/** Sets annotations, NIL removes; all or none. */
export const setMetadata: Handler = async (session, { cursor }) => {
  cursor.space();
  const name = mailboxArgument(session, cursor);
  cursor.space();
  const changes = cursor.list(() => {
    const entry = entryName(session, cursor, false);
    cursor.space();
    const text = cursor.nstring();
    return { entry, value: text === null ? null : decodeUtf8(text) };
  }, session.limits.annotations);
  cursor.end();
  const { annotationBytes } = session.limits;
  if (changes.some(({ value }) => value !== null && Buffer.byteLength(value) > annotationBytes))
    return `NO [METADATA MAXSIZE ${annotationBytes}] The value is too long`;
  if (changes.some(({ entry }) => entry === specialUseEntry))
    return "NO [CANNOT] The special use of a mailbox is set when it is created";
  const { store, id } = await placeOf(session, name);
  try {
    await store.write(id, changes);
  } catch (error) {
    if (error instanceof Failure && error.code === "mailbox.annotations_full")
      return "NO [METADATA TOOMANY] There is no room for more annotations";
    throw error;
  }
  return "OK SETMETADATA completed";
};

/** @throws not_found `imap.no_mailbox`, unsupported `imap.no_metadata`. */
async function placeOf(
  session: Session,
  name: string,
): Promise<{ readonly store: AnnotationStore; readonly id: MailboxId | null; readonly specialUse: string | null }> {
  const store = session.account.annotations;
  if (!store) throw new Failure("unsupported", "imap.no_metadata", "This server keeps no annotations");
  if (name === "") return { store, id: null, specialUse: null };
  const { id, specialUse } = await requireMailbox(session, name);
  return { store, id, specialUse };
}

const placeName = (session: Session, name: string): string => (name === "" ? '""' : printedName(session, name));

function optionsArgument(cursor: Cursor): Options {
  let { depth, sizeMax } = everything;
  cursor.list(() => {
    if (cursor.takeWord("MAXSIZE")) {
      cursor.space();
      sizeMax = cursor.number();
    } else if (cursor.takeWord("DEPTH")) {
      cursor.space();
      const word = cursor.word("a depth");
      if (!["0", "1", "INFINITY"].includes(word)) throw new SyntaxFailure("DEPTH is 0, 1 or infinity");
      depth = word === "INFINITY" ? Number.POSITIVE_INFINITY : Number(word);
    } else throw new SyntaxFailure("Unknown GETMETADATA option");
  }, 2);
  return { depth, sizeMax };
}

/** Names do not differ by case (RFC 5464 §3.1). A root alone may be asked for, not set. */
function entryName(session: Session, cursor: Cursor, mayBeRoot: boolean): string {
  const entry = cursor.astring("an entry name").toLowerCase();
  if (entry.length > session.limits.annotationNameLength) throw new SyntaxFailure("The entry name is too long");
  if (!/^\/(?:private|shared)(?:\/[^/*%\x00-\x19\x7f-\xff]+)*$/.test(entry)) throw new SyntaxFailure("Bad entry name");
  if (!mayBeRoot && !/^\/[a-z]+\//.test(entry)) throw new SyntaxFailure("Bad entry name");
  return entry;
}
