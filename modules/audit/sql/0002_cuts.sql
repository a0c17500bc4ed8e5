-- Where a departed tenant's chain was cut (R61, R89): what lay before is erased, its last hash stays and the chain goes
-- on from it, so that what is left can still be checked and an anchored head still fits.
create table audit_cuts (
  tenant_id uuid not null,
  seq bigint not null check (seq > 0),
  hash bytea not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, seq)
);
select cf_tenant_table('audit_cuts', 'read');
revoke insert, update, delete on audit_cuts from cf_app;
select cf_definer_access('audit_cuts', 'select, insert');
grant delete on audit_entries, audit_chain to cf_auth;

-- Cuts the log of the transaction's tenant at its head. Only a departed tenant's log is ever cut, and only when every
-- entry is chained. Returns how many entries went.
create function audit_cut() returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  v_seq bigint;
  v_hash bytea;
  v_done bigint;
begin
  if not exists (select 1 from tenancy_tenants t where t.tenant_id = v_tenant and t.state = 'departed') then
    raise exception 'only a departed tenant''s log is cut';
  end if;
  select h.seq, h.hash into v_seq, v_hash from audit_heads h where h.tenant_id = v_tenant for update;
  if v_seq is null or v_seq = 0 or exists (select 1 from audit_pending p where p.tenant_id = v_tenant) then
    raise exception 'the log is not chained to its end';
  end if;
  insert into audit_cuts (tenant_id, seq, hash) values (v_tenant, v_seq, v_hash) on conflict do nothing;
  delete from audit_chain c where c.tenant_id = v_tenant;
  delete from audit_entries e where e.tenant_id = v_tenant;
  get diagnostics v_done = row_count;
  return v_done;
end $$;
select cf_definer_function('audit_cut()'::regprocedure);
