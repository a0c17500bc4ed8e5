-- At which site each of the caller's own spaces really lies, by its host and by its addresses (R32). Tells the site, never
-- the host (R7).
create function placement_sites(p_tenant uuid) returns table (space_id uuid, site_id text)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.space_id, h.site_id from placement_placements p join placement_hosts h on h.id = p.host_id
  where p.tenant_id = p_tenant and p.released_at is null and p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
  union all
  select l.space_id, a.site_id from placement_allocations l join placement_addresses a on a.address = l.address
  where l.tenant_id = p_tenant and l.released_at is null and p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;
select cf_definer_function('placement_sites(uuid)'::regprocedure);
