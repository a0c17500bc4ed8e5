import { foldText } from "@casaforte/mime";
import { contains } from "../search-plan.ts";
import type { SearchQuery } from "../search-query.ts";
import type { MemoryMessage } from "./memory-mailbox.ts";

const dayMs = 86_400_000;

/** Whether a message fits a compiled SEARCH. */
export function matches(message: MemoryMessage, query: SearchQuery): boolean {
  const { search } = message.content.summary;
  switch (query.kind) {
    case "all":
      return true;
    case "and":
      return query.keys.every((key) => matches(message, key));
    case "or":
      return query.keys.some((key) => matches(message, key));
    case "not":
      return !matches(message, query.key);
    case "uids":
      return contains(query.ranges, message.uid);
    case "flag":
      return (message.bits & query.bit) !== 0;
    case "keyword":
      return message.keywords.some((keyword) => keyword.toLowerCase() === query.keyword.toLowerCase());
    case "header":
      return hasField(search.headers, query.name, foldText(query.value));
    case "body":
      return search.body.includes(foldText(query.value));
    case "text":
      return search.headers.includes(foldText(query.value)) || search.body.includes(foldText(query.value));
    case "day":
      return compareDay(dayOf(message, query.field), query.is, query.day);
    case "instant":
      return query.is === "since" ? message.internalDateMs >= query.ms : message.internalDateMs < query.ms;
    case "size":
      return query.is === "larger"
        ? message.content.bytes.length > query.bytes
        : message.content.bytes.length < query.bytes;
    case "modseq":
      return message.modseq >= query.atLeast;
    case "emailid":
      return message.emailId === query.id;
    case "threadid":
      return message.threadId === query.id;
  }
}

function hasField(headers: string, name: string, value: string): boolean {
  const start = `${name}:`;
  return headers.split("\n").some((line) => line.startsWith(start) && line.slice(start.length).includes(value));
}

function dayOf(message: MemoryMessage, field: "internal" | "sent" | "saved"): number | null {
  if (field === "sent") return message.content.summary.sentDay;
  return Math.floor((field === "internal" ? message.internalDateMs : message.savedDateMs) / dayMs);
}

function compareDay(day: number | null, is: "before" | "on" | "since", wanted: number): boolean {
  if (day === null) return false;
  if (is === "before") return day < wanted;
  return is === "on" ? day === wanted : day >= wanted;
}
