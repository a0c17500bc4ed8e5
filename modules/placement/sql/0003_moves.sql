-- A space's room moves to another host of the same site (R2, R5). What is stored lies with the site, so no byte is copied:
-- both hosts' figures and the placement change in one transaction. The placement is locked first and then the hosts of the
-- site in the order of their ids, as orders and resizes do. Without p_host the fullest host that still fits is taken, never
-- one that drains. outcome: moved, not_placed, no_host, same_host, other_site, closed, no_room.
grant update (host_id, placed_at) on placement_placements to cf_auth;
create function placement_move(p_tenant uuid, p_space uuid, p_host uuid, p_at timestamptz,
  out outcome text, out from_host uuid, out to_host uuid, out moved_bytes bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_site text;
  v_target placement_hosts;
begin
  select p.host_id, p.bytes into from_host, moved_bytes from placement_placements p
    where p.tenant_id = p_tenant and p.space_id = p_space and p.released_at is null for update;
  if not found then outcome := 'not_placed'; return; end if;
  select h.site_id into v_site from placement_hosts h where h.id = from_host;
  perform 1 from placement_hosts h where h.site_id = v_site and h.state <> 'retired' order by h.id for update;
  if p_host is null then
    select * into v_target from placement_hosts h
      where h.site_id = v_site and h.state = 'active' and h.id <> from_host and h.capacity_bytes - h.allocated_bytes >= moved_bytes
      order by h.capacity_bytes - h.allocated_bytes, h.id limit 1;
    if not found then outcome := 'no_room'; return; end if;
  else
    select * into v_target from placement_hosts h where h.id = p_host;
    outcome := case
      when not found then 'no_host'
      when v_target.id = from_host then 'same_host'
      when v_target.site_id <> v_site then 'other_site'
      when v_target.state <> 'active' then 'closed'
      when v_target.capacity_bytes - v_target.allocated_bytes < moved_bytes then 'no_room' end;
    if outcome is not null then return; end if;
  end if;
  update placement_hosts h set allocated_bytes = h.allocated_bytes - moved_bytes where h.id = from_host;
  update placement_hosts h set allocated_bytes = h.allocated_bytes + moved_bytes where h.id = v_target.id;
  update placement_placements p set host_id = v_target.id, placed_at = p_at
    where p.tenant_id = p_tenant and p.space_id = p_space;
  to_host := v_target.id;
  outcome := 'moved';
end $$;
select cf_definer_function('placement_move(uuid, uuid, uuid, timestamptz)'::regprocedure, 'cf_ops');

-- Emptying a draining host: a job moves its spaces one by one, and each move counts here in its own transaction.
create table placement_evacuations (
  id uuid primary key,
  host_id uuid not null references placement_hosts (id),
  reason text not null check (length(reason) between 1 and 500),
  asked_at timestamptz not null,
  moved integer not null default 0 check (moved >= 0),
  state text not null default 'running' check (state in ('running', 'emptied', 'out_of_room', 'called_off')),
  ended_at timestamptz,
  check ((state = 'running') = (ended_at is null))
);
create unique index placement_evacuations_running on placement_evacuations (host_id) where state = 'running';
create index placement_evacuations_host on placement_evacuations (host_id, asked_at desc);
grant select, insert on placement_evacuations to cf_ops;
grant update (moved, state, ended_at) on placement_evacuations to cf_ops;
