-- Helpers for every module's migrations. The roles themselves are made by roles.ts before the first migration.

-- Declares a tenant table: row-level security on and forced, one policy for the runtime role, none for anybody else.
-- operator: 'none', 'read' or 'write' opens the table to the operator role across tenants (R51).
create function cf_tenant_table(name regclass, operator text default 'none') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', name);
  execute format('alter table %s force row level security', name);
  execute format(
    'create policy tenant on %s to cf_app using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid)) '
    'with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', name);
  execute format('grant select, insert, update, delete on %s to cf_app', name);
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

-- Opens a tenant table to the definer functions of the NOLOGIN role cf_auth: look-ups that must cross tenants
-- (a login by address, a domain by name, a token by hash). verbs: a list such as 'select' or 'select, update'.
create function cf_definer_access(name regclass, verbs text) returns void
language plpgsql as $$
begin
  execute format('create policy definer on %s to cf_auth using (true) with check (true)', name);
  execute format('grant %s on %s to cf_auth', verbs, name);
end $$;

-- Hands a function to cf_auth and lets only the named runtime roles call it. The function itself must be declared
-- SECURITY DEFINER with a fixed search_path.
create function cf_definer_function(name regprocedure, callers text default 'cf_app') returns void
language plpgsql as $$
begin
  if not (select prosecdef and proconfig::text like '%search_path%' from pg_proc where oid = name) then
    raise exception '% must be SECURITY DEFINER SET search_path', name;
  end if;
  execute format('revoke all on function %s from public', name);
  execute format('grant execute on function %s to %s', name, callers);
  execute format('alter function %s owner to cf_auth', name);
end $$;
