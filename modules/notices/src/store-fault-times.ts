import type { OperatorTx } from "@casaforte/platform/db";
import type { NoticeSeverity } from "./types.ts";

/** How long it took, over the faults that got so far; in seconds. */
export interface Times {
  readonly medianSeconds: number;
  readonly longestSeconds: number;
}

/** What became of the faults of one severity. Each time counts from when the fault was noticed. */
export interface SeverityTimes {
  /** Null: over before its usual duration, so nobody was told. */
  readonly severity: NoticeSeverity | null;
  readonly count: number;
  readonly open: number;
  /** Until a person took it on; null as well where nobody knows. */
  readonly acknowledged: Times | null;
  /** Until the last customer whom it concerns had been written to; opening the incident tells nobody. */
  readonly told: Times | null;
  /** Until work on it began. */
  readonly started: Times | null;
  /** Until the faulty part was replaced. */
  readonly replaced: Times | null;
  readonly closed: Times | null;
}

const steps = ["acknowledged", "told", "started", "replaced", "closed"] as const;
type Row = Pick<SeverityTimes, "severity" | "count" | "open"> &
  Record<`${(typeof steps)[number]}${"Median" | "Longest"}`, number | null>;

/** When the last of those who were to be told at first was written to; null while nobody was. */
const toldAt = ({ sql }: OperatorTx) => sql`
  select max(d.at) from notices_deliveries d
  where d.update_id = (select u.id from notices_updates u where u.notice_id = n.id order by u.at, u.id limit 1)`;

/** The same for a fault: by the first word of a program since then, which opened its incident or made it its site's. */
const faultToldAt = ({ sql }: OperatorTx) => sql`
  select max(d.at) from notices_deliveries d
  where d.update_id = (select u.id from notices_updates u where u.notice_id = n.id and u.author_id is null
    and u.state <> 'resolved' and u.at >= f.detected_at order by u.at, u.id limit 1)`;

/**
 * The faults noticed since then by severity, the worst first (R23): those that a check noted, and the incidents that a person
 * opened without one. When such a one was first noticed nobody knows, so it counts only in how long it lasted. A fault is
 * taken on by the button or by a person's first word to customers, and with a notice it is over when that is closed, too.
 * One that nobody was told of counts once it is over: until then it may still become an incident.
 */
export async function selectFaultTimes(tx: OperatorTx, since: Date): Promise<SeverityTimes[]> {
  const rows = await tx.sql<Row[]>`
    with faults as (
      select n.severity, f.detected_at, (${faultToldAt(tx)}) as told_at,
        least(f.acknowledged_at, (select min(u.at) from notices_updates u where u.notice_id = n.id and u.author_id is not null
          and u.at >= f.detected_at)) as acknowledged_at, f.started_at, f.replaced_at,
        case when n.id is null then f.closed_at
          when f.closed_at is not null and n.closed_at is not null then greatest(f.closed_at, n.closed_at) end as closed_at
      from notices_faults f left join notices_notices n on n.id = f.notice_id
      where f.detected_at >= ${since} and (n.id is not null or f.closed_at is not null)
      union all
      select n.severity, coalesce(n.began_at, n.opened_at), case when n.began_at is not null then (${toldAt(tx)}) end,
        null, null, null, n.closed_at
      from notices_notices n where n.kind = 'incident' and coalesce(n.began_at, n.opened_at) >= ${since}
        and not exists (select from notices_faults f where f.notice_id = n.id)),
    timed as (
      select severity, closed_at is null as is_open, extract(epoch from acknowledged_at - detected_at) as acknowledged,
        extract(epoch from told_at - detected_at) as told, extract(epoch from started_at - detected_at) as started,
        extract(epoch from replaced_at - detected_at) as replaced,
        extract(epoch from closed_at - detected_at) as closed from faults)
    select severity, count(*)::int as count, (count(*) filter (where is_open))::int as open,
      round(percentile_cont(0.5) within group (order by acknowledged))::int as "acknowledgedMedian",
      round(max(acknowledged))::int as "acknowledgedLongest",
      round(percentile_cont(0.5) within group (order by told))::int as "toldMedian", round(max(told))::int as "toldLongest",
      round(percentile_cont(0.5) within group (order by started))::int as "startedMedian",
      round(max(started))::int as "startedLongest",
      round(percentile_cont(0.5) within group (order by replaced))::int as "replacedMedian",
      round(max(replaced))::int as "replacedLongest",
      round(percentile_cont(0.5) within group (order by closed))::int as "closedMedian", round(max(closed))::int as "closedLongest"
    from timed group by severity order by array_position(array['critical', 'major', 'minor'], severity) nulls last`;
  return rows.map((row) => {
    const times = (step: (typeof steps)[number]): Times | null => {
      const [medianSeconds, longestSeconds] = [row[`${step}Median`], row[`${step}Longest`]];
      return medianSeconds === null || longestSeconds === null ? null : { medianSeconds, longestSeconds };
    };
    const { severity, count, open } = row;
    return {
      severity,
      count,
      open,
      acknowledged: times("acknowledged"),
      told: times("told"),
      started: times("started"),
      replaced: times("replaced"),
      closed: times("closed"),
    };
  });
}
