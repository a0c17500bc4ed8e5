import {
  type EmailCondition,
  type EmailFilter,
  type EmailQuery,
  type EmailSort,
  filterWords,
  JmapError,
} from "@casaforte/jmap";
import type { MailAccountId, MessageId } from "@casaforte/kernel";
import { foldText } from "@casaforte/mime";
import type { Sql, TenantTx } from "@casaforte/platform/db";
import type { Fragment } from "postgres";
import { besideBlob } from "./beside-blob.ts";
import { keywordBits } from "./flags.ts";
import { type QueryPlaces, type QueryWindow, splitMailbox } from "./list-messages.ts";
import { inSight } from "./store-sight.ts";

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** An id that no row has: a filter may name anything. */
const noId = "00000000-0000-0000-0000-000000000000";
const idOf = (id: string): string => (uuidPattern.test(id) ? id : noId);

interface Scope {
  readonly sql: Sql;
  readonly tenantId: string;
  /** `and …`: that a membership `q` is one that may be looked at. */
  readonly seen: Fragment;
}

/** Whether membership `q` carries a keyword. */
function carries({ sql }: Scope, keyword: string): Fragment {
  const bit = keywordBits.get(keyword);
  if (bit !== undefined) return sql`q.flags & ${bit}::int <> 0`;
  return sql`exists (select 1 from unnest(q.keywords) k where lower(k) = ${keyword})`;
}

/** Some membership of message `m` that meets a condition on `q`. */
const somePlace = ({ sql, tenantId, seen }: Scope, condition: Fragment): Fragment =>
  sql`exists (select 1 from mailbox_memberships q where q.tenant_id = ${tenantId} and q.message_id = m.id and ${condition} ${seen})`;

/** Some membership in the thread of message `m`. */
const someInThread = ({ sql, tenantId, seen }: Scope, condition: Fragment): Fragment =>
  sql`exists (select 1 from mailbox_messages o join mailbox_memberships q on q.tenant_id = ${tenantId} and q.message_id = o.id
    where o.tenant_id = ${tenantId} and o.thread_id = m.thread_id and ${condition} ${seen})`;

function where(scope: Scope, filter: EmailFilter): Fragment {
  const { sql } = scope;
  switch (filter.on) {
    case "and":
      return filter.filters.reduce<Fragment>((sum, inner) => sql`${sum} and ${where(scope, inner)}`, sql`true`);
    case "or":
      return sql`(${filter.filters.reduce<Fragment>((sum, inner) => sql`${sum} or ${where(scope, inner)}`, sql`false`)})`;
    case "not":
      return sql`not (${filter.filters.reduce<Fragment>((sum, inner) => sql`${sum} or ${where(scope, inner)}`, sql`false`)})`;
    default:
      return sql`(${condition(scope, filter)})`;
  }
}

function condition(scope: Scope, filter: EmailCondition): Fragment {
  const { sql } = scope;
  switch (filter.on) {
    case "inMailbox":
      return somePlace(scope, sql`q.mailbox_id = ${idOf(filter.mailboxId)}::uuid`);
    case "inMailboxOtherThan":
      return somePlace(scope, sql`q.mailbox_id <> all(${filter.mailboxIds.map(idOf)}::uuid[])`);
    case "before":
      return sql`m.received_at < ${new Date(filter.atMs)}`;
    case "after":
      return sql`m.received_at >= ${new Date(filter.atMs)}`;
    case "minSize":
      return sql`m.size_bytes >= ${filter.bytes}::bigint`;
    case "maxSize":
      return sql`m.size_bytes < ${filter.bytes}::bigint`;
    case "hasKeyword":
      return somePlace(scope, carries(scope, filter.keyword));
    case "notKeyword":
      return sql`not ${somePlace(scope, carries(scope, filter.keyword))}`;
    case "allInThread":
      return sql`not ${someInThread(scope, sql`not (${carries(scope, filter.keyword)})`)}`;
    case "someInThread":
      return someInThread(scope, carries(scope, filter.keyword));
    case "noneInThread":
      return sql`not ${someInThread(scope, carries(scope, filter.keyword))}`;
    case "hasAttachment":
      return sql`c.has_attachment = ${filter.value}`;
    case "header":
      return header(sql, filter.name.toLowerCase(), filter.text === null ? null : foldText(filter.text));
    default:
      return [...filterWords(filter.text)].reduce<Fragment>(
        // Folded as the stored text is.
        (sum, word) => sql`${sum} and ${contains(sql, filter.on, foldText(word))}`,
        sql`true`,
      );
  }
}

function contains(sql: Sql, field: string, word: string): Fragment {
  switch (field) {
    case "from":
      return sql`position(${word} in s.sender) > 0`;
    case "to":
      return sql`position(${word} in s.recipients) > 0`;
    case "cc":
      return sql`position(${word} in s.cc) > 0`;
    case "bcc":
      return sql`position(${word} in s.bcc) > 0`;
    case "subject":
      return sql`position(${word} in s.subject) > 0`;
    case "body":
      return sql`position(${word} in s.body) > 0`;
    default:
      return sql`(position(${word} in s.subject) > 0 or position(${word} in s.sender) > 0 or position(${word} in s.recipients) > 0
        or position(${word} in s.cc) > 0 or position(${word} in s.bcc) > 0 or position(${word} in s.body) > 0)`;
  }
}

function header(sql: Sql, name: string, value: string | null): Fragment {
  const isThere = sql`position(${`\n${name}:`} in s.headers) > 0`;
  if (value === null) return isThere;
  return sql`${isThere} and exists (select 1 from string_to_table(s.headers, ${"\n"}) as h (line)
    where starts_with(h.line, ${`${name}:`}) and position(${value} in substr(h.line, ${name.length + 2}::int)) > 0)`;
}

const inText: readonly string[] = ["text", "from", "to", "cc", "bcc", "subject", "body", "header"];
const sortedByContents: readonly string[] = ["sentAt", "from", "to", "subject"];

/** Whether a filter has one of these conditions. */
const names = (filter: EmailFilter, conditions: readonly string[]): boolean =>
  "filters" in filter ? filter.filters.some((inner) => names(inner, conditions)) : conditions.includes(filter.on);

function sortKey(scope: Scope, { by, keyword }: EmailSort): Fragment {
  const { sql } = scope;
  switch (by) {
    case "receivedAt":
      return sql`m.received_at`;
    case "sentAt":
      return sql`coalesce(c.sent_at, m.received_at)`;
    case "from":
      return sql`c.sort_display_from`;
    case "to":
      return sql`c.sort_display_to`;
    case "subject":
      return sql`c.base_subject`;
    case "size":
      return sql`m.size_bytes`;
    case "hasKeyword":
      return somePlace(scope, carries(scope, keyword ?? ""));
  }
}

function order(scope: Scope, sort: readonly EmailSort[]): Fragment {
  const { sql } = scope;
  const keys = sort.map((one) => sql`${sortKey(scope, one)} ${one.ascending ? sql`asc` : sql`desc`}`);
  // Ties are broken the same way each time, so that windows fit together.
  const last = sql`m.received_at desc, m.id desc`;
  return keys.reduceRight<Fragment>((rest, key) => sql`${key}, ${rest}`, last);
}

type Ranking = Pick<EmailQuery, "filter" | "sort" | "collapseThreads">;

/** The messages `m` among which a query looks: those of one mailbox without a look at any other, or all of the account. */
function candidates({ sql, tenantId, seen }: Scope, accountId: MailAccountId, mailboxId: string | null): Fragment {
  if (mailboxId === null)
    return sql`select m.id, m.thread_id, m.received_at, m.size_bytes, m.blob_id from mailbox_messages m
      where m.tenant_id = ${tenantId} and m.account_id = ${accountId}
        and ${somePlace({ sql, tenantId, seen }, sql`true`)}`;
  return sql`select q.message_id as id, q.thread_id, q.received_at, q.size_bytes, q.blob_id from mailbox_memberships q
    where q.tenant_id = ${tenantId} and q.mailbox_id = (select b.id from mailbox_mailboxes b
      where b.tenant_id = ${tenantId} and b.account_id = ${accountId} and b.id = ${idOf(mailboxId)}::uuid) ${seen}`;
}

/** Every result with its index `at` from 0, and how many there are. */
function ranking(tx: TenantTx, accountId: MailAccountId, query: Ranking): Fragment {
  const { sql, tenantId } = tx;
  const scope = { sql, tenantId, seen: inSight(tx, accountId, sql`q.mailbox_id`) };
  const { mailboxId, rest } = splitMailbox(query.filter);
  const contents =
    names(rest, ["hasAttachment"]) || query.sort.some(({ by }) => sortedByContents.includes(by))
      ? besideBlob(tx, "mailbox_contents", "c", sql`m.blob_id`)
      : sql``;
  const text = names(rest, inText) ? besideBlob(tx, "mailbox_search", "s", sql`m.blob_id`) : sql``;
  const by = order(scope, query.sort);
  const first = query.collapseThreads ? sql`row_number() over (partition by m.thread_id order by ${by})` : sql`1`;
  return sql`
    select id, row_number() over (order by place) - 1 as at, count(*) over () as total from (
      select m.id, row_number() over (order by ${by}) as place, ${first} as nth
      from (${candidates(scope, accountId, mailboxId)}) m ${contents} ${text}
      where ${where(scope, rest)}) found
    where nth = 1`;
}

/** Of these messages those in the results, with their index; and the number of all results. */
export async function selectQueryPlaces(
  tx: TenantTx,
  accountId: MailAccountId,
  query: Ranking,
  ids: readonly MessageId[],
): Promise<QueryPlaces> {
  const { sql } = tx;
  const rows = await sql<{ id: MessageId | null; at: number | null; total: number }[]>`
    with ranked as materialized (${ranking(tx, accountId, query)})
    select r.id, r.at::float8 as at, t.total from (select coalesce(max(total), 0)::float8 as total from ranked) t
    left join ranked r on r.id = any(${[...ids]}::uuid[]) order by r.at`;
  const places = new Map(rows.flatMap(({ id, at }) => (id === null || at === null ? [] : [[id, at] as const])));
  return { places, total: rows[0]?.total ?? 0 };
}

/** One window of a query (RFC 8621 §4.4), its place and the number of all. @throws JmapError `anchorNotFound`. */
export async function selectQueryWindow(
  tx: TenantTx,
  accountId: MailAccountId,
  query: EmailQuery,
): Promise<QueryWindow> {
  const { sql } = tx;
  const ranked = ranking(tx, accountId, query);
  const { window } = query;
  const anchor = window.kind === "anchor" ? idOf(window.id) : noId;
  const start =
    window.kind === "anchor"
      ? sql`(select at from ranked where id = ${anchor}::uuid) + ${window.offset}::bigint`
      : window.position >= 0
        ? sql`${window.position}::bigint`
        : sql`coalesce((select max(total) from ranked), 0) + ${window.position}::bigint`;
  const [row] = await sql<{ ids: MessageId[] | null; position: number | null; total: number }[]>`
    with ranked as materialized (${ranked}),
      start as (select greatest(0, ${start}) as at)
    select (select array_agg(r.id order by r.at) from ranked r, start t where r.at >= t.at and r.at < t.at + ${query.limit}) as ids,
      (select at::float8 from start where ${window.kind} = 'position' or exists (select 1 from ranked where id = ${anchor}::uuid)) as position,
      coalesce((select max(total) from ranked), 0)::float8 as total`;
  if (row === undefined || row.position === null) {
    throw new JmapError("anchorNotFound", "the anchor is not in the results");
  }
  return { ids: row.ids ?? [], position: row.position, total: row.total };
}
