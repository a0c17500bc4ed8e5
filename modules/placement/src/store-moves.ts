import type { SpaceId, TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";

export type MoveOutcome = "moved" | "not_placed" | "no_host" | "same_host" | "other_site" | "closed" | "no_room";

export interface MovedRoom {
  readonly outcome: MoveOutcome;
  readonly fromHost: string | null;
  readonly toHost: string | null;
  readonly bytes: bigint | null;
}

/** Takes a space's room to a host of its site; null: to the fullest active one that still fits. Locks what it counts. */
export async function moveRoom(
  tx: OperatorTx,
  move: { readonly tenantId: TenantId; readonly spaceId: SpaceId; readonly hostId: string | null; readonly at: Date },
): Promise<MovedRoom> {
  const [row] = await tx.sql<MovedRoom[]>`
    select outcome, from_host as "fromHost", to_host as "toHost", moved_bytes as bytes
    from placement_move(${move.tenantId}, ${move.spaceId}, ${move.hostId}, ${move.at})`;
  return row ?? { outcome: "not_placed", fromHost: null, toHost: null, bytes: null };
}

export interface PlacedSpace {
  readonly tenantId: TenantId;
  readonly tenantName: string;
  readonly spaceId: SpaceId;
  readonly name: string;
  readonly bytes: bigint;
  readonly usedBytes: bigint;
  readonly placedAt: Date;
}

/** Spaces on a host, the largest first, from behind one of that size and id. */
export async function selectSpacesOnHost(
  tx: OperatorTx,
  hostId: string,
  page: { readonly after: { readonly bytes: bigint; readonly spaceId: string } | null; readonly count: number },
): Promise<PlacedSpace[]> {
  const { after, count } = page;
  return tx.sql<PlacedSpace[]>`
    select p.tenant_id as "tenantId", t.name as "tenantName", p.space_id as "spaceId", s.name, p.bytes,
      s.used_bytes as "usedBytes", p.placed_at as "placedAt"
    from placement_placements p
    join spaces_spaces s on s.tenant_id = p.tenant_id and s.id = p.space_id
    join tenancy_tenants t on t.tenant_id = p.tenant_id
    where p.host_id = ${hostId} and p.released_at is null
      ${after === null ? tx.sql`` : tx.sql`and (p.bytes, p.space_id) < (${after.bytes}, ${after.spaceId})`}
    order by p.bytes desc, p.space_id desc limit ${count}`;
}

/** The most that another active host of the same site has free. */
export async function selectRoomElsewhere(tx: OperatorTx, hostId: string): Promise<bigint> {
  const [row] = await tx.sql<{ bytes: bigint }[]>`
    select coalesce(max(o.capacity_bytes - o.allocated_bytes), 0)::bigint as bytes
    from placement_hosts h join placement_hosts o on o.site_id = h.site_id and o.id <> h.id and o.state = 'active'
    where h.id = ${hostId}`;
  return row?.bytes ?? 0n;
}

/** The largest space of a host that fits elsewhere; null: none does. */
export async function selectNextToMove(
  tx: OperatorTx,
  hostId: string,
): Promise<{ tenantId: TenantId; spaceId: SpaceId } | null> {
  const [row] = await tx.sql<{ tenantId: TenantId; spaceId: SpaceId }[]>`
    select tenant_id as "tenantId", space_id as "spaceId" from placement_placements
    where host_id = ${hostId} and released_at is null and bytes <= ${await selectRoomElsewhere(tx, hostId)}
    order by bytes desc, space_id desc limit 1`;
  return row ?? null;
}

export interface Evacuation {
  readonly id: string;
  readonly hostId: string;
  /** `out_of_room`: what stayed fits on no other host of the site. `called_off`: the host drains no more. */
  readonly state: "running" | "emptied" | "out_of_room" | "called_off";
  readonly reason: string;
  readonly askedAt: Date;
  readonly moved: number;
  readonly endedAt: Date | null;
}

const columns = (tx: OperatorTx) =>
  tx.sql`id, host_id as "hostId", state, reason, asked_at as "askedAt", moved, ended_at as "endedAt"`;

export async function insertEvacuation(
  tx: OperatorTx,
  row: Pick<Evacuation, "id" | "hostId" | "reason" | "askedAt">,
): Promise<void> {
  await tx.sql`
    insert into placement_evacuations (id, host_id, reason, asked_at)
    values (${row.id}, ${row.hostId}, ${row.reason}, ${row.askedAt})`;
}

export async function selectLastEvacuation(tx: OperatorTx, hostId: string): Promise<Evacuation | null> {
  const [row] = await tx.sql<Evacuation[]>`
    select ${columns(tx)} from placement_evacuations where host_id = ${hostId} order by asked_at desc, id desc limit 1`;
  return row ?? null;
}

/** Locks one that runs; null when it has ended. */
export async function lockEvacuation(tx: OperatorTx, id: string): Promise<Evacuation | null> {
  const [row] = await tx.sql<Evacuation[]>`
    select ${columns(tx)} from placement_evacuations where id = ${id} and state = 'running' for update`;
  return row ?? null;
}

export async function countMoved(tx: OperatorTx, id: string): Promise<void> {
  await tx.sql`update placement_evacuations set moved = moved + 1 where id = ${id}`;
}

export async function endEvacuation(
  tx: OperatorTx,
  id: string,
  state: Exclude<Evacuation["state"], "running">,
  at: Date,
): Promise<void> {
  await tx.sql`update placement_evacuations set state = ${state}, ended_at = ${at} where id = ${id}`;
}
