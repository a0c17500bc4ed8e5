-- The inventory: storage servers and fixed addresses of each site (R2, R22). The provider's own; the customers' role
-- reaches it through the functions below only, and never sees a host (R7).
create table placement_hosts (
  id uuid primary key,
  site_id text not null references spaces_sites (id),
  name text not null unique check (length(name) between 1 and 100),
  rack text check (length(rack) <= 100),
  serial text check (length(serial) <= 100),
  state text not null default 'active' check (state in ('active', 'draining', 'retired')),
  capacity_bytes bigint not null check (capacity_bytes > 0),
  -- Σ of the placements here. Never more than the capacity: nothing is oversold (R5).
  allocated_bytes bigint not null default 0 check (allocated_bytes >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint placement_not_oversold check (allocated_bytes <= capacity_bytes)
);
create index placement_hosts_site on placement_hosts (site_id);
grant select, insert on placement_hosts to cf_ops;
grant update (name, rack, serial, state, capacity_bytes, updated_at) on placement_hosts to cf_ops;
grant select, update on placement_hosts to cf_auth;

create table placement_addresses (
  address inet primary key check (masklen(address) = case family(address) when 4 then 32 else 128 end),
  site_id text not null references spaces_sites (id),
  is_taken boolean not null default false,
  created_at timestamptz not null
);
create index placement_addresses_free on placement_addresses (site_id, address) where not is_taken;
grant select, insert on placement_addresses to cf_ops;
grant select, update on placement_addresses to cf_auth;

-- Where a space's guaranteed bytes lie.
create table placement_placements (
  tenant_id uuid not null,
  space_id uuid not null,
  host_id uuid not null references placement_hosts (id),
  bytes bigint not null check (bytes > 0),
  placed_at timestamptz not null,
  released_at timestamptz,
  primary key (tenant_id, space_id),
  foreign key (tenant_id, space_id) references spaces_spaces (tenant_id, id)
);
create index placement_placements_host on placement_placements (host_id);
select cf_tenant_table('placement_placements', 'read');
revoke delete on placement_placements from cf_app;
select cf_definer_access('placement_placements', 'select');

create table placement_allocations (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  space_id uuid not null,
  address inet not null references placement_addresses (address),
  allocated_at timestamptz not null,
  released_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, space_id) references spaces_spaces (tenant_id, id)
);
create unique index placement_allocations_once on placement_allocations (address) where released_at is null;
comment on index placement_allocations_once is 'global: no address is given to two spaces, whoever they belong to (R2)';
create index placement_allocations_space on placement_allocations (tenant_id, space_id);
select cf_tenant_table('placement_allocations', 'read');
revoke delete on placement_allocations from cf_app;
select cf_definer_access('placement_allocations', 'select');

-- Takes room on one host of the site: the fullest that still fits, so that large spaces find room later. The hosts are
-- locked in the order of their ids. managed is false where the inventory has no host at all: then the site's own
-- capacity alone decides.
create function placement_reserve(p_site text, p_bytes bigint, out host uuid, out managed boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from placement_hosts h where h.site_id = p_site and h.state <> 'retired' order by h.id for update;
  managed := found;
  select h.id into host from placement_hosts h
    where h.site_id = p_site and h.state = 'active' and h.capacity_bytes - h.allocated_bytes >= p_bytes
    order by h.capacity_bytes - h.allocated_bytes, h.id limit 1;
  if host is not null then
    update placement_hosts h set allocated_bytes = h.allocated_bytes + p_bytes where h.id = host;
  end if;
end $$;
select cf_definer_function('placement_reserve(text, bigint)'::regprocedure);

-- Grows or shrinks what one of the caller's own spaces holds. False when it does not fit.
create function placement_resize(p_tenant uuid, p_space uuid, p_bytes bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  placed record;
begin
  if p_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid then return false; end if;
  select * into placed from placement_placements p
    where p.tenant_id = p_tenant and p.space_id = p_space and p.released_at is null;
  if not found then return true; end if;
  update placement_hosts h set allocated_bytes = h.allocated_bytes - placed.bytes + p_bytes
    where h.id = placed.host_id and (p_bytes <= placed.bytes
      or (h.state = 'active' and h.capacity_bytes - h.allocated_bytes >= p_bytes - placed.bytes));
  return found;
end $$;
select cf_definer_function('placement_resize(uuid, uuid, bigint)'::regprocedure);

create function placement_take_addresses(p_site text, p_count integer) returns setof inet
language sql security definer set search_path = public, pg_temp as $$
  with free as (
    select a.address from placement_addresses a where a.site_id = p_site and not a.is_taken
    order by a.address limit p_count for update skip locked)
  update placement_addresses a set is_taken = true from free where a.address = free.address returning a.address
$$;
select cf_definer_function('placement_take_addresses(text, integer)'::regprocedure);

-- Gives addresses of one of the caller's own spaces back.
create function placement_free_addresses(p_tenant uuid, p_space uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  update placement_addresses a set is_taken = false from placement_allocations l
  where l.address = a.address and l.tenant_id = p_tenant and l.space_id = p_space and l.released_at is null
    and p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;
select cf_definer_function('placement_free_addresses(uuid, uuid)'::regprocedure);

-- Whether a site could take that much on one host, and so many addresses; looks only.
create function placement_fits(p_site text, p_bytes bigint, p_addresses integer) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select (not exists (select 1 from placement_hosts h where h.site_id = p_site and h.state <> 'retired')
      or exists (select 1 from placement_hosts h where h.site_id = p_site and h.state = 'active'
        and h.capacity_bytes - h.allocated_bytes >= p_bytes))
    and (select count(*) from placement_addresses a where a.site_id = p_site and not a.is_taken) >= p_addresses
$$;
select cf_definer_function('placement_fits(text, bigint, integer)'::regprocedure);

-- Hosts whose figure is not the sum of the placements on them, and addresses taken by nobody or twice (R2).
create function placement_findings() returns setof text
language sql stable security definer set search_path = public, pg_temp as $$
  select 'host ' || h.name || ' counts ' || h.allocated_bytes || ' bytes, its placements ' || coalesce(sum(p.bytes), 0)
  from placement_hosts h left join placement_placements p on p.host_id = h.id and p.released_at is null
  group by h.id having h.allocated_bytes <> coalesce(sum(p.bytes), 0)
  union all
  select 'address ' || host(a.address) || ' is marked ' || case when a.is_taken then 'taken' else 'free' end
    || ' and given ' || count(l.id) || ' times'
  from placement_addresses a left join placement_allocations l on l.address = a.address and l.released_at is null
  group by a.address having a.is_taken <> (count(l.id) = 1)
$$;
select cf_definer_function('placement_findings()'::regprocedure);
