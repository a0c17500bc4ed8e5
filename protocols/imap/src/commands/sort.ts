// RFC 5256 SORT and THREAD, RFC 5957 SORT=DISPLAY, RFC 5267 ESORT and CONTEXT=SORT
import type { Command, Handler } from "../command.ts";
import { follow } from "../search-contexts.ts";
import { compileKey } from "../search-plan.ts";
import type { SearchQuery, SortCriterion } from "../search-query.ts";
import type { Selected, Session } from "../session.ts";
import { type ParsedKey, SearchParser } from "../syntax/search-keys.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { printThread } from "./print-thread.ts";
import { formatExtended, parseReturn } from "./return-options.ts";
import { charsetDecoder, tagInUse } from "./search.ts";

const criteria: ReadonlySet<string> = new Set<SortCriterion["by"]>([
  "arrival",
  "cc",
  "date",
  "from",
  "size",
  "subject",
  "to",
  "displayfrom",
  "displayto",
]);

/** Matching messages in the order asked for. */
export const sort: Handler = async (session, command) => {
  const { cursor, uid, name, tag } = command;
  const { selected } = session;
  if (!session.options.sort || !selected.mailbox.sort) return "BAD SORT is not offered";
  cursor.space();
  const request = parseReturn(cursor);
  if (request?.options.has("SAVE")) throw new SyntaxFailure("SORT saves no result");
  const isFollowed = request?.options.has("UPDATE") === true;
  if (isFollowed && selected.contexts.has(tag)) return tagInUse;
  const program = parseCriteria(command);
  const parsed = parseQuery(session, selected, command);
  if (!parsed) return badCharset;
  const { key, query } = parsed;
  const uids = await selected.mailbox.sort(query, program);
  const numbers = Array.from(uids, (found) => numberOf(selected, found, uid)).filter((number) => number > 0);
  if (request) {
    const result = { tag, uid, numbers: Uint32Array.from(numbers), isOrdered: true };
    session.out.line(formatExtended(request, result) ?? "");
    if (isFollowed) {
      const known = uids.filter((found) => selected.tracker.indexOf(found) >= 0);
      follow(session, selected, { tag, uid, key, query, program, uids: known });
    }
    return `OK ${name} completed`;
  }
  session.out.line(`* SORT${numbers.map((number) => ` ${number}`).join("")}`);
  return `OK ${name} completed`;
};

/** Matching messages as threads. */
export const thread: Handler = async (session, command) => {
  const { cursor, uid, name } = command;
  const { selected } = session;
  if (!session.options.thread || !selected.mailbox.thread) return "BAD THREAD is not offered";
  cursor.space();
  const algorithm = cursor.word("an algorithm");
  if (algorithm !== "REFERENCES" && algorithm !== "ORDEREDSUBJECT") throw new SyntaxFailure("Unknown algorithm");
  const parsed = parseQuery(session, selected, command);
  if (!parsed) return badCharset;
  const roots = await selected.mailbox.thread(parsed.query, algorithm);
  const number = (found: number): number => numberOf(selected, found, uid);
  const text = roots.map((root) => printThread(root, number)).join("");
  session.out.line(`* THREAD${text === "" ? "" : ` ${text}`}`);
  return `OK ${name} completed`;
};

const badCharset = "NO [BADCHARSET (UTF-8 US-ASCII ISO-8859-1)] Unknown charset";

function parseCriteria({ cursor }: Command): SortCriterion[] {
  const program: SortCriterion[] = [];
  let reverse = false;
  cursor.list(() => {
    const word = cursor.word("a sort criterion").toLowerCase();
    if (word === "reverse") {
      reverse = true;
      return;
    }
    if (!criteria.has(word)) throw new SyntaxFailure("Unknown sort criterion");
    program.push({ by: word as SortCriterion["by"], reverse });
    reverse = false;
  }, 32);
  if (reverse || program.length === 0) throw new SyntaxFailure("REVERSE needs a criterion");
  return program;
}

function parseQuery(
  session: Session,
  selected: Selected,
  { cursor }: Command,
): { readonly key: ParsedKey; readonly query: SearchQuery } | null {
  cursor.space();
  const decode = charsetDecoder(cursor.astring("a charset").toUpperCase());
  cursor.space();
  if (!decode) return null;
  const key = new SearchParser(cursor, session.limits, decode).parse();
  return { key, query: compileKey(session, selected, key) };
}

function numberOf(selected: Selected, uid: number, asUid: boolean): number {
  const index = selected.tracker.indexOf(uid);
  if (index < 0) return 0;
  return asUid ? uid : index + 1;
}
