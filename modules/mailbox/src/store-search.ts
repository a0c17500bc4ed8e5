import type { SearchQuery, SortCriterion } from "@casaforte/imap";
import type { MailboxId } from "@casaforte/kernel";
import { foldText } from "@casaforte/mime";
import type { Sql, TenantTx } from "@casaforte/platform/db";
import type { Fragment } from "postgres";
import { besideBlob } from "./beside-blob.ts";
import { mailboxLimits } from "./limits.ts";

const dayMs = 86_400_000;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Which tables a query looks at beside the memberships. */
interface Need {
  readonly text: boolean;
  readonly content: boolean;
}

function needs(query: SearchQuery): Need {
  switch (query.kind) {
    case "and":
    case "or": {
      const all = query.keys.map(needs);
      return { text: all.some((need) => need.text), content: all.some((need) => need.content) };
    }
    case "not":
      return needs(query.key);
    case "header":
    case "body":
    case "text":
      return { text: true, content: false };
    case "day":
      return { text: false, content: query.field === "sent" };
    default:
      return { text: false, content: false };
  }
}

/**
 * The condition on membership `p`, search text `s` and content `c`. SEARCH is substring without case (RFC 9051 §6.4.4);
 * both sides are folded by the program.
 */
function condition(sql: Sql, query: SearchQuery): Fragment {
  switch (query.kind) {
    case "all":
      return sql`true`;
    case "and":
      return query.keys.reduce<Fragment>((sum, key) => sql`${sum} and ${condition(sql, key)}`, sql`true`);
    case "or":
      return sql`(${query.keys.reduce<Fragment>((sum, key) => sql`${sum} or ${condition(sql, key)}`, sql`false`)})`;
    case "not":
      return sql`not (${condition(sql, query.key)})`;
    case "uids":
      return uidRanges(sql, query.ranges);
    case "flag":
      return sql`p.flags & ${query.bit}::int <> 0`;
    case "keyword":
      return sql`exists (select 1 from unnest(p.keywords) k where lower(k) = ${query.keyword.toLowerCase()})`;
    case "header":
      return header(sql, query.name.toLowerCase(), foldText(query.value));
    case "body":
      return sql`position(${foldText(query.value)} in s.body) > 0`;
    case "text":
      return sql`(position(${foldText(query.value)} in s.headers) > 0 or position(${foldText(query.value)} in s.body) > 0)`;
    case "day":
      return day(sql, query);
    case "instant":
      return query.is === "since"
        ? sql`p.received_at >= ${new Date(query.ms)}`
        : sql`p.received_at < ${new Date(query.ms)}`;
    case "size":
      return query.is === "larger"
        ? sql`p.size_bytes > ${query.bytes}::bigint`
        : sql`p.size_bytes < ${query.bytes}::bigint`;
    case "modseq":
      return sql`p.modseq >= ${query.atLeast}::bigint`;
    case "emailid":
      return uuidPattern.test(query.id) ? sql`p.message_id = ${query.id}::uuid` : sql`false`;
    case "threadid":
      return uuidPattern.test(query.id) ? sql`p.thread_id = ${query.id}::uuid` : sql`false`;
  }
}

/** UIDs of several ranges, found by halving: written out, each message would be held against each range. */
function uidRanges(sql: Sql, ranges: Uint32Array): Fragment {
  const { low, high } = endsOf(ranges);
  if (low.length === 1) return sql`p.uid between ${low[0] ?? 0} and ${high[0] ?? 0}`;
  const spans = low.map((from, at) => `[${from},${high[at]}]`).join(",");
  return sql`p.uid::bigint <@ ${`{${spans}}`}::int8multirange`;
}

function endsOf(ranges: Uint32Array): { readonly low: number[]; readonly high: number[] } {
  const low: number[] = [];
  const high: number[] = [];
  for (const [at, uid] of ranges.entries()) (at % 2 === 0 ? low : high).push(Math.min(uid, mailboxLimits.uidMax));
  return { low, high };
}

function header(sql: Sql, name: string, value: string): Fragment {
  if (value === "") return sql`position(${`\n${name}:`} in s.headers) > 0`;
  switch (name) {
    case "subject":
      return sql`position(${value} in s.subject) > 0`;
    case "from":
      return sql`position(${value} in s.sender) > 0`;
    case "to":
      return sql`position(${value} in s.recipients) > 0`;
    case "cc":
      return sql`position(${value} in s.cc) > 0`;
    case "bcc":
      return sql`position(${value} in s.bcc) > 0`;
    default:
      return sql`(position(${`\n${name}:`} in s.headers) > 0 and exists (
        select 1 from string_to_table(s.headers, ${"\n"}) as h (line)
        where starts_with(h.line, ${`${name}:`}) and position(${value} in substr(h.line, ${name.length + 2}::int)) > 0))`;
  }
}

function day(sql: Sql, query: Extract<SearchQuery, { readonly kind: "day" }>): Fragment {
  if (query.field === "sent") {
    if (query.is === "on") return sql`coalesce(c.sent_day = ${query.day}::int, false)`;
    return query.is === "before"
      ? sql`coalesce(c.sent_day < ${query.day}::int, false)`
      : sql`coalesce(c.sent_day >= ${query.day}::int, false)`;
  }
  const from = new Date(query.day * dayMs);
  const to = new Date((query.day + 1) * dayMs);
  const column = query.field === "internal" ? sql`p.received_at` : sql`p.saved_at`;
  if (query.is === "before") return sql`${column} < ${from}`;
  return query.is === "since" ? sql`${column} >= ${from}` : sql`${column} >= ${from} and ${column} < ${to}`;
}

/** The several ranges of UIDs outside of which nothing matches, and what else is asked; null where there are none such. */
function rangesFirst(query: SearchQuery): { readonly ranges: Uint32Array; readonly rest: SearchQuery } | null {
  const keys = query.kind === "and" ? query.keys : [query];
  for (const key of keys) {
    if (key.kind !== "uids" || key.ranges.length === 2) continue;
    return { ranges: key.ranges, rest: { kind: "and", keys: keys.filter((other) => other !== key) } };
  }
  return null;
}

/**
 * `from … where …` of the messages that match. What belongs to a message is looked up by its key, and so are the messages where
 * several ranges of UIDs are named: as joins, a planner that knows little reads the whole mailbox for them, and one that knows
 * much the texts of all accounts.
 */
function matches(tx: TenantTx, mailboxId: MailboxId, query: SearchQuery, need: Need): Fragment {
  const { sql, tenantId } = tx;
  const text = need.text ? besideBlob(tx, "mailbox_search", "s", sql`p.blob_id`) : sql``;
  const content = need.content ? besideBlob(tx, "mailbox_contents", "c", sql`p.blob_id`) : sql``;
  const first = rangesFirst(query);
  if (first === null)
    return sql`from mailbox_memberships p ${text} ${content}
      where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} and ${condition(sql, query)}`;
  const { low, high } = endsOf(first.ranges);
  return sql`from unnest(${low}::int[], ${high}::int[]) as r (low, high)
    cross join lateral (select * from mailbox_memberships
      where tenant_id = ${tenantId} and mailbox_id = ${mailboxId} and uid between r.low and r.high offset 0) p
    ${text} ${content} where ${condition(sql, first.rest)}`;
}

/** UIDs that match, ascending. */
export async function selectMatches(tx: TenantTx, mailboxId: MailboxId, query: SearchQuery): Promise<Uint32Array> {
  const [row] = await tx.sql<{ uids: number[] | null }[]>`
    select array_agg(p.uid order by p.uid) as uids ${matches(tx, mailboxId, query, needs(query))}`;
  return Uint32Array.from(row?.uids ?? []);
}

function sortKey(sql: Sql, criterion: SortCriterion): Fragment {
  switch (criterion.by) {
    case "arrival":
      return sql`p.received_at`;
    case "size":
      return sql`p.size_bytes`;
    case "date":
      return sql`coalesce(c.sent_at, p.received_at)`;
    case "subject":
      return sql`c.base_subject`;
    case "from":
      return sql`c.sort_from`;
    case "to":
      return sql`c.sort_to`;
    case "cc":
      return sql`c.sort_cc`;
    case "displayfrom":
      return sql`c.sort_display_from`;
    case "displayto":
      return sql`c.sort_display_to`;
  }
}

/** UIDs that match, in the order asked; ties by UID (RFC 5256 §3, RFC 5957). */
export async function selectSorted(
  tx: TenantTx,
  mailboxId: MailboxId,
  query: SearchQuery,
  criteria: readonly SortCriterion[],
): Promise<Uint32Array> {
  const { sql } = tx;
  const need = { text: needs(query).text, content: true };
  const order = criteria.reduce<Fragment>((sum, criterion) => {
    const key = sortKey(sql, criterion);
    return criterion.reverse ? sql`${sum} ${key} desc,` : sql`${sum} ${key},`;
  }, sql``);
  const rows = await sql<{ uids: number[] | null }[]>`
    select array_agg(p.uid order by ${order} p.uid) as uids ${matches(tx, mailboxId, query, need)}`;
  return Uint32Array.from(rows[0]?.uids ?? []);
}

export interface ThreadRow {
  readonly uid: number;
  /** Message-ID (or ''), then what it refers to, oldest first. */
  readonly links: readonly string[];
  readonly subject: string;
  readonly baseSubject: string;
  /** Sent date, else INTERNALDATE. */
  readonly date: Date;
}

/** What THREAD needs of the messages that match. */
export async function selectThreadRows(
  tx: TenantTx,
  mailboxId: MailboxId,
  query: SearchQuery,
): Promise<readonly ThreadRow[]> {
  return tx.sql<ThreadRow[]>`
    select p.uid, c.links, c.subject, c.base_subject as "baseSubject", coalesce(c.sent_at, p.received_at) as date
    ${matches(tx, mailboxId, query, { text: needs(query).text, content: true })} order by p.uid`;
}
