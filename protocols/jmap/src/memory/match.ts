import type { EmailCondition, EmailFilter, EmailQuery, EmailSort } from "../filter.ts";
import { filterWords } from "../filter-words.ts";
import { JmapError } from "../method-error.ts";
import type { StoredEmail } from "./stored-email.ts";

/** All emails of a thread, by thread id. */
export type ThreadLookup = (threadId: string) => readonly StoredEmail[];

/** Whether an email passes a filter. RFC 8621 §4.4.1; the reference the SQL edge is tested against. */
export function matches(email: StoredEmail, filter: EmailFilter, thread: ThreadLookup): boolean {
  switch (filter.on) {
    case "and":
      return filter.filters.every((inner) => matches(email, inner, thread));
    case "or":
      return filter.filters.some((inner) => matches(email, inner, thread));
    case "not":
      return !filter.filters.some((inner) => matches(email, inner, thread));
    default:
      return meets(email, filter, thread);
  }
}

function meets(email: StoredEmail, condition: EmailCondition, thread: ThreadLookup): boolean {
  switch (condition.on) {
    case "inMailbox":
      return email.mailboxIds.has(condition.mailboxId);
    case "inMailboxOtherThan":
      return [...email.mailboxIds].some((id) => !condition.mailboxIds.includes(id));
    case "before":
      return email.record.receivedAtMs < condition.atMs;
    case "after":
      return email.record.receivedAtMs >= condition.atMs;
    case "minSize":
      return email.record.size >= condition.bytes;
    case "maxSize":
      return email.record.size < condition.bytes;
    case "hasKeyword":
      return email.keywords.has(condition.keyword);
    case "notKeyword":
      return !email.keywords.has(condition.keyword);
    case "allInThread":
      return thread(email.record.threadId).every((other) => other.keywords.has(condition.keyword));
    case "someInThread":
      return thread(email.record.threadId).some((other) => other.keywords.has(condition.keyword));
    case "noneInThread":
      return !thread(email.record.threadId).some((other) => other.keywords.has(condition.keyword));
    case "hasAttachment":
      return email.record.hasAttachment === condition.value;
    case "header":
      return email.headers.some(
        (header) =>
          header.name.toLowerCase() === condition.name.toLowerCase() &&
          (condition.text === null || header.value.toLowerCase().includes(condition.text.toLowerCase())),
      );
    default: {
      const text = email.search[condition.on];
      return [...filterWords(condition.text)].every((word) => text.includes(word.toLowerCase()));
    }
  }
}

/** Sorts by the comparators, then newest first, then by id, so that windows are stable. */
export function compare(a: StoredEmail, b: StoredEmail, sort: readonly EmailSort[]): number {
  for (const comparator of sort) {
    const order = compareBy(a, b, comparator);
    if (order !== 0) return comparator.ascending ? order : -order;
  }
  return b.record.receivedAtMs - a.record.receivedAtMs || (a.record.id < b.record.id ? 1 : -1);
}

function compareBy(a: StoredEmail, b: StoredEmail, { by, keyword }: EmailSort): number {
  switch (by) {
    case "receivedAt":
      return a.record.receivedAtMs - b.record.receivedAtMs;
    case "sentAt":
      return a.sentAtMs - b.sentAtMs;
    case "size":
      return a.record.size - b.record.size;
    case "hasKeyword":
      return Number(a.keywords.has(keyword ?? "")) - Number(b.keywords.has(keyword ?? ""));
    default:
      return a.sortTexts[by].localeCompare(b.sortTexts[by]);
  }
}

/** Cuts the window that a query asks for out of its whole list of ids. @throws JmapError `anchorNotFound`. */
export function windowOf(ids: readonly string[], query: EmailQuery): { ids: readonly string[]; position: number } {
  let start: number;
  if (query.window.kind === "anchor") {
    const index = ids.indexOf(query.window.id);
    if (index < 0) throw new JmapError("anchorNotFound", "the anchor is not in the results");
    start = Math.max(0, index + query.window.offset);
  } else {
    const { position } = query.window;
    start = position < 0 ? Math.max(0, ids.length + position) : position;
  }
  return { ids: ids.slice(start, start + query.limit), position: start };
}
