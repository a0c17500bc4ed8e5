-- Of these customers, those whose log has grown beyond what somebody has read of it.
create function audit_heads_beyond(p_tenants uuid[], p_seqs bigint[]) returns table (tenant_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select h.tenant_id from unnest(p_tenants, p_seqs) as asked (tenant_id, seq)
  join audit_heads h on h.tenant_id = asked.tenant_id and h.seq > asked.seq
$$;
select cf_definer_function('audit_heads_beyond(uuid[], bigint[])'::regprocedure);
