// RFC 7377 ESEARCH: one search in many mailboxes
import { Failure } from "@casaforte/kernel";
import type { MailboxInfo } from "../backend.ts";
import { chooseMailboxes } from "../choose-mailboxes.ts";
import type { Command, Handler } from "../command.ts";
import { printedName } from "../mailbox-lookup.ts";
import { indexesOfUids } from "../resolve-set.ts";
import { FollowedResults } from "../search-context.ts";
import { compileKey, findLocally, mentionsModseq } from "../search-plan.ts";
import { SequenceTracker } from "../sequence-tracker.ts";
import type { Selected, Session } from "../session.ts";
import type { Cursor } from "../syntax/cursor.ts";
import { type MailboxFilter, parseMailboxFilter } from "../syntax/mailbox-filter.ts";
import { type ParsedKey, SearchParser } from "../syntax/search-keys.ts";
import { parseReturn, type ReturnRequest, returnAll } from "./return-options.ts";
import { parseCharset, printExtended, save, savingNothingOnNo } from "./search.ts";

interface Asked {
  readonly key: ParsedKey;
  readonly request: ReturnRequest;
  readonly withModseq: boolean;
  readonly tag: string;
}

/**
 * Finds messages in the mailboxes that IN names, in the selected one without it; prints one ESEARCH with UIDs for each that has
 * some. Mailboxes that are not there, or go meanwhile, have none.
 */
export const esearch: Handler = async (session, command) => {
  const { cursor } = command;
  cursor.space();
  const filters = parseSource(session, cursor);
  const request = parseReturn(cursor) ?? returnAll;
  const isSaving = request.options.has("SAVE") && filters.every(({ kind }) => kind === "selected");
  return savingNothingOnNo(isSaving ? session.selectedOrNull : null, () =>
    searchAll(session, command, { filters, request }),
  );
};

async function searchAll(
  session: Session,
  { cursor, tag }: Command,
  { filters, request }: { readonly filters: readonly MailboxFilter[]; readonly request: ReturnRequest },
): Promise<string> {
  const decode = parseCharset(cursor);
  if (!decode) return "NO [BADCHARSET (UTF-8 US-ASCII ISO-8859-1)] Unknown charset";
  const key = new SearchParser(cursor, session.limits, decode).parse();
  if (session.selectedOrNull === null && filters.some(({ kind }) => kind === "selected"))
    return "BAD No mailbox is selected";
  if (request.options.has("UPDATE")) return "BAD A result is followed by SEARCH and SORT";
  if (request.options.has("SAVE") && filters.some(({ kind }) => kind !== "selected"))
    return "BAD SAVE is for the selected mailbox alone";
  const withModseq = mentionsModseq(key);
  if (withModseq) session.enabled.condstore = true;
  const mailboxes = await chooseMailboxes(session, filters);
  if (mailboxes.length > session.limits.searchMailboxes)
    return `NO [LIMIT] At most ${session.limits.searchMailboxes} mailboxes are searched at once`;
  for (const [done, mailbox] of mailboxes.entries()) {
    session.progress = { done, goal: mailboxes.length };
    session.input.check();
    await searchOne(session, mailbox, { key, request, withModseq, tag });
    if (session.out.isFull) await session.out.pressure();
  }
  return "OK ESEARCH completed";
}

/** IN ( … ); the selected mailbox without it. No scope option is defined. */
function parseSource(session: Session, cursor: Cursor): readonly MailboxFilter[] {
  if (!cursor.takeWord("IN")) return [{ kind: "selected" }];
  cursor.space();
  const { limits, enabled } = session;
  const filters = cursor.list(() => parseMailboxFilter(cursor, enabled.utf8, limits), limits.mailboxFilters);
  cursor.space();
  return filters;
}

async function searchOne(session: Session, mailbox: MailboxInfo, asked: Asked): Promise<void> {
  const { selectedOrNull } = session;
  if (selectedOrNull?.mailbox.id === mailbox.id) return tell(session, selectedOrNull, mailbox, asked);
  const opened = await session.account.open(mailbox.id, { readOnly: true }).catch((error: unknown) => {
    if (error instanceof Failure && error.kind === "not_found") return null;
    throw error;
  });
  if (!opened) return;
  try {
    const other: Selected = {
      mailbox: opened,
      tracker: new SequenceTracker(opened.snapshot),
      name: mailbox.name,
      readOnly: true,
      announcedKeywords: new Map(),
      announcedFlagSets: 0,
      savedUids: new Uint32Array(),
      contexts: new FollowedResults(session.limits),
    };
    await tell(session, other, mailbox, asked);
  } finally {
    await opened.close();
  }
}

async function tell(session: Session, looked: Selected, { name }: MailboxInfo, asked: Asked): Promise<void> {
  const { key, request, withModseq, tag } = asked;
  const query = compileKey(session, looked, key, looked !== session.selectedOrNull);
  const indexes = findLocally(looked, query) ?? indexesOfUids(looked, await looked.mailbox.search(query));
  if (request.options.has("SAVE")) save(looked, indexes, request);
  if (indexes.length === 0) return;
  const named = `MAILBOX ${printedName(session, name)} UIDVALIDITY ${looked.mailbox.snapshot.uidValidity}`;
  printExtended(session, looked, { indexes, uid: true, withModseq, request, tag, mailbox: named });
}
