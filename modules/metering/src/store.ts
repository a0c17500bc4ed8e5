import type { ServiceId, TenantId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import type { BillingUnit, Meter, StoredDelta, UsageMoment, UsagePlan } from "./usage.ts";

export interface EventRow {
  readonly source: string;
  readonly eventId: string;
  readonly meter: Meter;
  readonly subjectId: string;
  readonly kind: "started" | "changed" | "ended" | "delta";
  readonly at: Date;
  readonly plan: UsagePlan | null;
  readonly deltaBytes: bigint | null;
}

interface PlanColumns {
  readonly serviceId: ServiceId | null;
  readonly sku: string | null;
  readonly skuVersion: number | null;
  readonly quantity: bigint | null;
  readonly unit: BillingUnit | null;
  readonly rank: bigint | null;
}

function planOf({ serviceId, sku, skuVersion, quantity, unit, rank }: PlanColumns): UsagePlan | null {
  if (serviceId === null || sku === null || skuVersion === null || quantity === null || unit === null || rank === null)
    return null;
  return { serviceId, sku, skuVersion, quantity, unit, rank };
}

/** False when this source said this event before. */
export async function insertEvent(tx: TenantTx, row: EventRow, now: Date): Promise<boolean> {
  const { plan } = row;
  const rows = await tx.sql`
    insert into metering_events (tenant_id, source, event_id, meter, subject_id, kind, at, received_at, service_id, sku_id,
      sku_version, quantity, unit, plan_rank, delta_bytes)
    values (${tx.tenantId}, ${row.source}, ${row.eventId}, ${row.meter}, ${row.subjectId}, ${row.kind}, ${row.at}, ${now},
      ${plan?.serviceId ?? null}, ${plan?.sku ?? null}, ${plan?.skuVersion ?? null}, ${plan?.quantity ?? null},
      ${plan?.unit ?? null}, ${plan?.rank ?? null}, ${row.deltaBytes})
    on conflict (tenant_id, source, event_id) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectEvent(tx: TenantTx, source: string, eventId: string): Promise<EventRow | null> {
  const [row] = await tx.sql<(Omit<EventRow, "plan"> & PlanColumns)[]>`
    select source, event_id as "eventId", meter, subject_id as "subjectId", kind, at, delta_bytes as "deltaBytes",
      service_id as "serviceId", sku_id as sku, sku_version as "skuVersion", quantity, unit, plan_rank as rank
    from metering_events where tenant_id = ${tx.tenantId} and source = ${source} and event_id = ${eventId}`;
  return row === undefined ? null : { ...row, plan: planOf(row) };
}

/**
 * The subject must be looked at again from the event on, by the next closing. One that never had a plan owes nothing, and
 * is looked at once it has one.
 */
export async function markDirty(
  tx: TenantTx,
  row: Pick<EventRow, "meter" | "subjectId" | "at" | "plan">,
  now: Date,
): Promise<void> {
  const { meter, subjectId } = row;
  await tx.sql`
    insert into metering_subjects as s (tenant_id, meter, subject_id, dirty_from, due_at)
    select ${tx.tenantId}::uuid, ${meter}::text, ${subjectId}::uuid, ${row.at}::timestamptz, ${now}::timestamptz
    where ${meter === "stored" || row.plan !== null} or exists (
      select 1 from metering_subjects k
      where k.tenant_id = ${tx.tenantId} and k.meter = ${meter} and k.subject_id = ${subjectId})
    on conflict (tenant_id, meter, subject_id) do update set
      dirty_from = least(s.dirty_from, excluded.dirty_from), due_at = least(s.due_at, excluded.due_at)`;
}

export async function selectTenantsDue(
  tx: LookupTx,
  now: Date,
  after: TenantId | null,
  count: number,
): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select tenant_id as "tenantId" from metering_tenants_due(${now}, ${after}, ${count})`;
  return rows.map((row) => row.tenantId);
}

export interface SubjectRow {
  readonly meter: Meter;
  readonly subjectId: string;
  readonly dirtyFrom: Date | null;
  readonly closedUntil: Date | null;
}

/** Takes subjects that are due, locked against another closing. */
export async function takeSubjectsDue(tx: TenantTx, now: Date, count: number): Promise<SubjectRow[]> {
  return tx.sql<SubjectRow[]>`
    select meter, subject_id as "subjectId", dirty_from as "dirtyFrom", closed_until as "closedUntil"
    from metering_subjects where tenant_id = ${tx.tenantId} and due_at <= ${now}
    order by due_at, subject_id limit ${count} for update`;
}

export async function settleSubject(
  tx: TenantTx,
  subject: Pick<SubjectRow, "meter" | "subjectId" | "closedUntil"> & { readonly dueAt: Date | null },
): Promise<void> {
  await tx.sql`
    update metering_subjects set dirty_from = null, due_at = ${subject.dueAt}, closed_until = ${subject.closedUntil}
    where tenant_id = ${tx.tenantId} and meter = ${subject.meter} and subject_id = ${subject.subjectId}`;
}

export async function selectHistory(tx: TenantTx, meter: Meter, subjectId: string): Promise<UsageMoment[]> {
  const rows = await tx.sql<({ kind: "started" | "changed" | "ended"; at: Date } & PlanColumns)[]>`
    select kind, at, service_id as "serviceId", sku_id as sku, sku_version as "skuVersion", quantity, unit, plan_rank as rank
    from metering_events where tenant_id = ${tx.tenantId} and meter = ${meter} and subject_id = ${subjectId}
    order by at, id`;
  return rows.map(toMoment);
}

/** The same of every subject of a meter, as far as it happened before an instant. */
export async function selectHistories(
  tx: TenantTx,
  meter: Meter,
  until: Date,
): Promise<readonly { readonly subjectId: string; readonly moment: UsageMoment }[]> {
  const rows = await tx.sql<({ subjectId: string; kind: "started" | "changed" | "ended"; at: Date } & PlanColumns)[]>`
    select subject_id as "subjectId", kind, at, service_id as "serviceId", sku_id as sku, sku_version as "skuVersion",
      quantity, unit, plan_rank as rank
    from metering_events where tenant_id = ${tx.tenantId} and meter = ${meter} and at < ${until} order by at, id`;
  return rows.map((row) => ({ subjectId: row.subjectId, moment: toMoment(row) }));
}

/** What happened to these things before an instant, in order of time. */
export async function selectHistoriesOf(
  tx: TenantTx,
  subjectIds: readonly string[],
  until: Date,
  count: number,
): Promise<readonly { readonly subjectId: string; readonly moment: UsageMoment }[]> {
  const rows = await tx.sql<({ subjectId: string; kind: "started" | "changed" | "ended"; at: Date } & PlanColumns)[]>`
    select subject_id as "subjectId", kind, at, service_id as "serviceId", sku_id as sku, sku_version as "skuVersion",
      quantity, unit, plan_rank as rank
    from metering_events where tenant_id = ${tx.tenantId} and subject_id = any(${[...subjectIds]}::uuid[]) and meter <> 'stored'
      and at < ${until} order by at, id limit ${count}`;
  return rows.map((row) => ({ subjectId: row.subjectId, moment: toMoment(row) }));
}

/** Subjects of a meter that were started and have not ended since. */
export async function selectRunning(tx: TenantTx, meter: Meter): Promise<string[]> {
  const rows = await tx.sql<{ subjectId: string }[]>`
    select "subjectId" from (
      select distinct on (subject_id) subject_id as "subjectId", kind from metering_events
      where tenant_id = ${tx.tenantId} and meter = ${meter} and kind in ('started', 'ended')
      order by subject_id, at desc, id desc) last
    where kind = 'started'`;
  return rows.map((row) => row.subjectId);
}

function toMoment(row: { kind: "started" | "changed" | "ended"; at: Date } & PlanColumns): UsageMoment {
  const atMs = row.at.getTime();
  return row.kind === "ended" ? { kind: "ended", atMs } : { kind: row.kind, atMs, plan: planOf(row) };
}

/** One row of `metering_units`, or the sum of the rows of one unit under one plan. */
export interface UnitRow {
  readonly meter: Exclude<Meter, "stored">;
  readonly subjectId: string;
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly skuVersion: number;
  readonly unit: BillingUnit;
  readonly unitFrom: Date;
  readonly unitTo: Date;
  readonly quantity: bigint;
}

/** What the rows say so far of a subject's units, those that cancel out left away. */
export async function selectUnitSums(tx: TenantTx, meter: Meter, subjectId: string): Promise<UnitRow[]> {
  return tx.sql<UnitRow[]>`
    select meter, subject_id as "subjectId", service_id as "serviceId", sku_id as sku, sku_version as "skuVersion", unit,
      unit_from as "unitFrom", unit_to as "unitTo", sum(quantity)::bigint as quantity
    from metering_units where tenant_id = ${tx.tenantId} and meter = ${meter} and subject_id = ${subjectId}
    group by meter, subject_id, service_id, sku_id, sku_version, unit, unit_from, unit_to having sum(quantity) <> 0`;
}

export async function insertUnits(tx: TenantTx, units: readonly UnitRow[], now: Date): Promise<void> {
  if (units.length === 0) return;
  const rows = units.map((unit) => ({
    tenant_id: tx.tenantId,
    meter: unit.meter,
    subject_id: unit.subjectId,
    service_id: unit.serviceId,
    sku_id: unit.sku,
    sku_version: unit.skuVersion,
    unit: unit.unit,
    unit_from: unit.unitFrom,
    unit_to: unit.unitTo,
    quantity: unit.quantity,
    closed_at: now,
  }));
  for (let index = 0; index < rows.length; index += 1_000)
    await tx.sql`insert into metering_units ${tx.sql(rows.slice(index, index + 1_000))}`;
}

export async function selectLevelBefore(tx: TenantTx, subjectId: string, at: Date): Promise<bigint> {
  const [row] = await tx.sql<{ level: bigint }[]>`
    select coalesce(sum(delta_bytes), 0)::bigint as level from metering_events
    where tenant_id = ${tx.tenantId} and meter = 'stored' and subject_id = ${subjectId} and at < ${at}`;
  return row?.level ?? 0n;
}

export async function selectDeltas(tx: TenantTx, subjectId: string, from: Date, until: Date): Promise<StoredDelta[]> {
  const rows = await tx.sql<{ at: Date; bytes: bigint }[]>`
    select at, delta_bytes as bytes from metering_events
    where tenant_id = ${tx.tenantId} and meter = 'stored' and subject_id = ${subjectId} and at >= ${from} and at < ${until}
    order by at, id`;
  return rows.map((row) => ({ atMs: row.at.getTime(), bytes: row.bytes }));
}

/** Closed hours of a subject from one on, by start. */
export async function selectHourSums(
  tx: TenantTx,
  subjectId: string,
  from: Date,
): Promise<ReadonlyMap<number, bigint>> {
  const rows = await tx.sql<{ hour: Date; sum: bigint }[]>`
    select hour, sum(byte_seconds)::bigint as sum from metering_hours
    where tenant_id = ${tx.tenantId} and subject_id = ${subjectId} and hour >= ${from} group by hour`;
  return new Map(rows.map((row) => [row.hour.getTime(), row.sum]));
}

export async function insertHours(
  tx: TenantTx,
  subjectId: string,
  hours: readonly { readonly hour: Date; readonly byteSeconds: bigint }[],
  now: Date,
): Promise<void> {
  const rows = hours.map(({ hour, byteSeconds }) => ({
    tenant_id: tx.tenantId,
    subject_id: subjectId,
    hour,
    byte_seconds: byteSeconds,
    closed_at: now,
  }));
  for (let index = 0; index < rows.length; index += 1_000)
    await tx.sql`insert into metering_hours ${tx.sql(rows.slice(index, index + 1_000))}`;
}

/** A row of the ledger of units with its id, for whoever bills or shows it. */
export interface LedgerUnit extends UnitRow {
  readonly id: string;
  readonly closedAt: Date;
}

export async function selectUnits(tx: TenantTx, from: Date, until: Date, count: number): Promise<LedgerUnit[]> {
  return tx.sql<LedgerUnit[]>`
    select id, meter, subject_id as "subjectId", service_id as "serviceId", sku_id as sku, sku_version as "skuVersion",
      unit, unit_from as "unitFrom", unit_to as "unitTo", quantity, closed_at as "closedAt"
    from metering_units where tenant_id = ${tx.tenantId} and unit_from >= ${from} and unit_from < ${until}
    order by unit_from, id limit ${count}`;
}

/** The sum of one service's units under one plan, of all that start between two cuts. */
export interface UnitSum extends Pick<UnitRow, "serviceId" | "sku" | "unit" | "quantity"> {
  /** When the first of them starts, and the last ends. */
  readonly from: Date;
  readonly to: Date;
}

export async function selectUnitSumsBetween(
  tx: TenantTx,
  from: Date,
  until: Date,
  cuts: readonly Date[],
): Promise<UnitSum[]> {
  const bounds = cuts.map((cut) => cut.toISOString()).sort();
  return tx.sql<UnitSum[]>`
    select service_id as "serviceId", sku_id as sku, unit, min(unit_from) as "from", max(unit_to) as "to",
      sum(quantity)::bigint as quantity
    from metering_units where tenant_id = ${tx.tenantId} and unit_from >= ${from} and unit_from < ${until}
    group by service_id, sku_id, unit, width_bucket(unit_from, ${bounds}::text[]::timestamptz[])
    order by 4, 1, 2, 3`;
}

export interface StoredDay {
  readonly subjectId: string;
  readonly day: string;
  readonly byteSeconds: bigint;
}

/** Byte-seconds by civil day in Rome. */
export async function selectStoredDays(tx: TenantTx, from: Date, until: Date, count: number): Promise<StoredDay[]> {
  return tx.sql<StoredDay[]>`
    select subject_id as "subjectId", to_char(hour at time zone 'Europe/Rome', 'YYYY-MM-DD') as day,
      sum(byte_seconds)::bigint as "byteSeconds"
    from metering_hours where tenant_id = ${tx.tenantId} and hour >= ${from} and hour < ${until}
    group by 1, 2 order by 2, 1 limit ${count}`;
}

export async function selectOverlaps(tx: TenantTx): Promise<{ subjectId: string; at: Date }[]> {
  return tx.sql<{ subjectId: string; at: Date }[]>`
    with owed as (
      select meter, subject_id, unit_from, unit_to from metering_units where tenant_id = ${tx.tenantId}
      group by meter, subject_id, sku_id, sku_version, service_id, unit_from, unit_to having sum(quantity) <> 0),
    ordered as (
      select subject_id, unit_from, lag(unit_to) over (partition by meter, subject_id order by unit_from, unit_to) as before
      from owed)
    select subject_id as "subjectId", unit_from as at from ordered where before > unit_from limit 20`;
}
