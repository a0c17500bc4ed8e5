-- Customers with a grant whose time is over or a request that nobody answered: the clock looks at no other.
create index grants_grants_open on grants_grants (tenant_id, until) where state in ('asked', 'granted');
create function grants_due(p_now timestamptz, p_asked_before timestamptz) returns table (tenant_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct g.tenant_id from grants_grants g
  where (g.state = 'granted' and g.until <= p_now) or (g.state = 'asked' and g.asked_at < p_asked_before)
$$;
select cf_definer_function('grants_due(timestamptz, timestamptz)'::regprocedure);
