-- The end of a contract removes a tenant's rows from every table (R61). The one function that does it runs as cf_auth
-- and reaches, by these policies, the rows of its transaction's own tenant and nobody else's.
create function cf_open_to_erasure(name regclass) returns void
language plpgsql as $$
begin
  execute format('create policy erasure on %s for delete to cf_auth using '
    '(tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', name);
  execute format('create policy erasure_select on %s for select to cf_auth using '
    '(tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', name);
  execute format('grant select, delete on %s to cf_auth', name);
end $$;

do $$
declare v_table regclass;
begin
  for v_table in
    select c.oid::regclass from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
  loop
    perform cf_open_to_erasure(v_table);
  end loop;
end $$;

create or replace function cf_tenant_table(name regclass, operator text default 'none') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', name);
  execute format('alter table %s force row level security', name);
  execute format(
    'create policy tenant on %s to cf_app using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid)) '
    'with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', name);
  execute format('grant select, insert, update, delete on %s to cf_app', name);
  perform cf_open_to_erasure(name);
  if operator = 'read' then
    execute format('create policy operator on %s for select to cf_ops using (true)', name);
    execute format('grant select on %s to cf_ops', name);
  elsif operator = 'write' then
    execute format('create policy operator on %s to cf_ops using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %s to cf_ops', name);
  elsif operator <> 'none' then
    raise exception 'operator must be none, read or write';
  end if;
end $$;
