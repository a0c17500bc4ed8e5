// RFC 9051 §6.4.4 SEARCH (ESEARCH, SEARCHRES), RFC 7162 §3.1.5 MODSEQ, RFC 5032 WITHIN
import type { Command, Handler } from "../command.ts";
import { indexesOfUids, uidsAt } from "../resolve-set.ts";
import { follow } from "../search-contexts.ts";
import { compileKey, findLocally, mentionsModseq } from "../search-plan.ts";
import type { Selected, Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { SearchParser } from "../syntax/search-keys.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { decodeUtf8 } from "../syntax/text.ts";
import { formatExtended, parseReturn, type ReturnRequest, returnAll, windowOf } from "./return-options.ts";

/** Finds messages; prints SEARCH, or ESEARCH when RETURN asks for it. */
export const search: Handler = async (session, command) => {
  const { selected } = session;
  const { cursor, tag } = command;
  cursor.space();
  const request = parseReturn(cursor) ?? (session.enabled.rev2 ? returnAll : null);
  const options = request?.options;
  if (options?.has("UPDATE") && selected.contexts.has(tag)) return tagInUse;
  return savingNothingOnNo(options?.has("SAVE") ? selected : null, () => searched(session, command, request));
};

async function searched(session: Session, { cursor, uid, tag, name }: Command, request: ReturnRequest | null) {
  const { selected } = session;
  const decode = parseCharset(cursor);
  if (!decode) return "NO [BADCHARSET (UTF-8 US-ASCII ISO-8859-1)] Unknown charset";
  const parsed = new SearchParser(cursor, session.limits, decode).parse();
  const withModseq = mentionsModseq(parsed);
  if (withModseq) session.enabled.condstore = true;
  const query = compileKey(session, selected, parsed);
  const local = findLocally(selected, query);
  const indexes = local ?? indexesOfUids(selected, await selected.mailbox.search(query));
  if (request?.options.has("SAVE")) save(selected, indexes, request);
  if (request) printExtended(session, selected, { indexes, request, uid, tag, withModseq });
  else printPlain(session, selected, { indexes, uid, withModseq });
  if (request?.options.has("UPDATE")) {
    const uids = uidsAt(selected, indexes);
    follow(session, selected, { tag, uid, key: parsed, query, program: null, uids });
  }
  return `OK ${name} completed`;
}

/**
 * RFC 9051 §6.4.4.1: a search that was to save its result and is answered NO has saved the empty one, so that nobody works on what
 * an earlier search found; one that is BAD leaves what there was. `saving`: null where nothing was to be saved.
 */
export async function savingNothingOnNo(saving: Selected | null, work: () => Promise<string>): Promise<string> {
  const forget = (): void => {
    if (saving) saving.savedUids = new Uint32Array();
  };
  try {
    const reply = await work();
    if (reply.startsWith("NO ")) forget();
    return reply;
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) forget();
    throw error;
  }
}

/** RFC 5267 §4.3. */
export const tagInUse = "BAD A result is followed under this tag";

const latin1 = (binary: string): string => binary;

/** CHARSET name; without one the text is UTF-8 if it can be (leniency). Null for a charset we do not know. */
export function parseCharset(cursor: Cursor): ((binary: string) => string) | null {
  if (!cursor.takeWord("CHARSET")) {
    return (binary) => {
      try {
        return decodeUtf8(binary);
      } catch {
        return binary;
      }
    };
  }
  cursor.space();
  const charset = cursor.astring("a charset").toUpperCase();
  cursor.space();
  return charsetDecoder(charset);
}

export function charsetDecoder(charset: string): ((binary: string) => string) | null {
  if (charset === "UTF-8" || charset === "US-ASCII" || charset === "UTF8") return decodeUtf8;
  return charset === "ISO-8859-1" ? latin1 : null;
}

/** RFC 5182 §2.1: with MIN or MAX only, these alone are saved; with PARTIAL what it shows (RFC 9394 §3.1). */
export function save(selected: Selected, indexes: Uint32Array, { options, partial }: ReturnRequest): void {
  const all = options.has("ALL") || options.has("COUNT") || !(options.has("MIN") || options.has("MAX") || partial);
  const picked = new Set<number>();
  if (!all && options.has("MIN") && indexes.length > 0) picked.add(indexes[0] ?? 0);
  if (!all && partial) for (const index of indexes.subarray(...windowOf(partial, indexes.length))) picked.add(index);
  if (!all && options.has("MAX") && indexes.length > 0) picked.add(indexes[indexes.length - 1] ?? 0);
  const kept = all ? indexes : Uint32Array.from(picked).sort();
  selected.savedUids = kept.map((index) => selected.tracker.uidAt(index));
}

export interface Found {
  readonly indexes: Uint32Array;
  readonly uid: boolean;
  readonly withModseq: boolean;
}

function numbersOf(selected: Selected, { indexes, uid }: Found): Uint32Array {
  return uid ? indexes.map((index) => selected.tracker.uidAt(index)) : indexes.map((index) => index + 1);
}

function highestOf(selected: Selected, indexes: Iterable<number>): number {
  let highest = 0;
  for (const index of indexes) highest = Math.max(highest, selected.tracker.modseqAt(index));
  return highest;
}

function printPlain(session: Session, selected: Selected, found: Found): void {
  const numbers = numbersOf(selected, found);
  const modseq = found.withModseq && numbers.length > 0 ? ` (MODSEQ ${highestOf(selected, found.indexes)})` : "";
  session.out.line(`* SEARCH${numbers.length > 0 ? ` ${numbers.join(" ")}` : ""}${modseq}`);
}

/** `mailbox`: as it is named in the answer, where that may be another than the selected one (RFC 7377). */
export function printExtended(
  session: Session,
  selected: Selected,
  found: Found & { request: ReturnRequest; tag: string; mailbox?: string },
): void {
  const { request, indexes, tag, uid, mailbox } = found;
  const numbers = numbersOf(selected, found);
  const named = mailbox === undefined ? {} : { mailbox };
  const line = formatExtended(request, { tag, uid, numbers, isOrdered: false, ...named });
  if (line === null) return;
  const modseq = highestOf(selected, modseqScope(request, indexes));
  session.out.line(found.withModseq && modseq > 0 ? `${line} MODSEQ ${modseq}` : line);
}

/** RFC 7162 §3.1.10, RFC 9394 §3.1: with MIN, MAX or PARTIAL only, the modseq is that of these messages. */
function modseqScope({ options, partial }: ReturnRequest, indexes: Uint32Array): Iterable<number> {
  if (indexes.length === 0 || options.has("ALL") || options.has("COUNT")) return indexes;
  const scope = partial ? [...indexes.subarray(...windowOf(partial, indexes.length))] : [];
  if (options.has("MIN")) scope.push(indexes[0] ?? 0);
  if (options.has("MAX")) scope.push(indexes[indexes.length - 1] ?? 0);
  return scope;
}
