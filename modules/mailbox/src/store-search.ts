import type { SearchQuery, SortCriterion } from "@casaforte/imap";
import type { MailboxId } from "@casaforte/kernel";
import { foldText } from "@casaforte/mime";
import type { Sql, TenantTx } from "@casaforte/platform/db";
import type { Fragment } from "postgres";
import { mailboxLimits } from "./limits.ts";

const dayMs = 86_400_000;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Which tables a query looks at beside the memberships. */
function needs(query: SearchQuery): { readonly text: boolean; readonly content: boolean } {
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

function uidRanges(sql: Sql, ranges: Uint32Array): Fragment {
  const clamp = (uid: number | undefined) => Math.min(uid ?? 0, mailboxLimits.uidMax);
  if (ranges.length === 2) return sql`p.uid between ${clamp(ranges[0])} and ${clamp(ranges[1])}`;
  const from: number[] = [];
  const to: number[] = [];
  for (let at = 0; at + 1 < ranges.length; at += 2) {
    from.push(clamp(ranges[at]));
    to.push(clamp(ranges[at + 1]));
  }
  return sql`exists (select 1 from unnest(${from}::int[], ${to}::int[]) as r (low, high) where p.uid between r.low and r.high)`;
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

function source(sql: Sql, tenantId: string, need: { readonly text: boolean; readonly content: boolean }): Fragment {
  const text = need.text ? sql`join mailbox_search s on s.tenant_id = ${tenantId} and s.blob_id = p.blob_id` : sql``;
  const content = need.content
    ? sql`join mailbox_contents c on c.tenant_id = ${tenantId} and c.blob_id = p.blob_id`
    : sql``;
  return sql`mailbox_memberships p ${text} ${content}`;
}

/** UIDs that match, ascending. */
export async function selectMatches(tx: TenantTx, mailboxId: MailboxId, query: SearchQuery): Promise<Uint32Array> {
  const { sql, tenantId } = tx;
  const [row] = await sql<{ uids: number[] | null }[]>`
    select array_agg(p.uid order by p.uid) as uids from ${source(sql, tenantId, needs(query))}
    where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} and ${condition(sql, query)}`;
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
  const { sql, tenantId } = tx;
  const need = { text: needs(query).text, content: true };
  const order = criteria.reduce<Fragment>((sum, criterion) => {
    const key = sortKey(sql, criterion);
    return criterion.reverse ? sql`${sum} ${key} desc,` : sql`${sum} ${key},`;
  }, sql``);
  const rows = await sql<{ uids: number[] | null }[]>`
    select array_agg(p.uid order by ${order} p.uid) as uids from ${source(sql, tenantId, need)}
    where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} and ${condition(sql, query)}`;
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
  const { sql, tenantId } = tx;
  return sql<ThreadRow[]>`
    select p.uid, c.links, c.subject, c.base_subject as "baseSubject", coalesce(c.sent_at, p.received_at) as date
    from ${source(sql, tenantId, { text: needs(query).text, content: true })}
    where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} and ${condition(sql, query)} order by p.uid`;
}
