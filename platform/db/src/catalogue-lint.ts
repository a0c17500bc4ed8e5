import type postgres from "postgres";
import { toFailure } from "./errors.ts";
import { openPool } from "./postgres-db.ts";
import type { PgTypes, Tx } from "./tx.ts";

/** One way in which the live catalogue breaks the segregation rules (security.md, check 5). */
export interface CatalogueFinding {
  readonly rule: string;
  readonly object: string;
}

/**
 * Reads pg_catalog as the given runtime role and names every breach: a table with tenant_id whose row security is off,
 * not forced, or lacks the tenant policy with check; a view without security_invoker; a foreign key between tenant
 * tables without tenant_id; a definer function without search_path; a runtime role that owns, is superuser or bypasses.
 * An empty list lets the program start. @throws unavailable `db.unavailable`.
 */
export async function lintCatalogue(appUrl: string): Promise<CatalogueFinding[]> {
  const pool = openPool(appUrl, 1);
  try {
    return await readBreaches(pool);
  } catch (error) {
    throw toFailure(error);
  } finally {
    await pool.end();
  }
}

/** The same through a transaction that is open, as the role it has. */
export const lintThrough = ({ sql }: Pick<Tx, "sql">): Promise<CatalogueFinding[]> => readBreaches(sql);

async function readBreaches(sql: postgres.ISql<PgTypes>): Promise<CatalogueFinding[]> {
  return sql<CatalogueFinding[]>`
    with tenant_table as (
      select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace)
    select 'row security is off' as rule, relname::text as object from tenant_table where not relrowsecurity
    union all select 'row security is not forced', relname::text from tenant_table where not relforcerowsecurity
    union all select 'no tenant policy with check for cf_app', relname::text from tenant_table t where not exists (
      select 1 from pg_policy p where p.polrelid = t.oid and p.polcmd = '*' and p.polroles = array['cf_app'::regrole::oid]
        and pg_get_expr(p.polqual, p.polrelid) like '%tenant_id = %app.tenant_id%' and pg_get_expr(p.polwithcheck, p.polrelid) like '%tenant_id = %app.tenant_id%')
    union all select 'a policy opens more to cf_app than its tenant', relname::text from tenant_table t where exists (
      select 1 from pg_policy p where p.polrelid = t.oid and (p.polroles = array[0::oid] or 'cf_app'::regrole::oid = any(p.polroles))
        and (pg_get_expr(p.polqual, p.polrelid) not like '%tenant_id = %app.tenant_id%' or coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'app.tenant_id tenant_id = app.tenant_id') not like '%tenant_id = %app.tenant_id%'))
    union all select 'view without security_invoker', c.relname::text from pg_class c
      where c.relkind in ('v', 'm') and c.relnamespace = 'public'::regnamespace and not coalesce(c.reloptions::text like '%security_invoker=true%', false)
    union all select 'foreign key without tenant_id', con.conname::text from pg_constraint con
      join tenant_table a on a.oid = con.conrelid join tenant_table b on b.oid = con.confrelid
      where con.contype = 'f' and not exists (select 1 from pg_attribute x where x.attrelid = con.conrelid and x.attnum = any(con.conkey) and x.attname = 'tenant_id')
    union all select 'unique index without tenant_id', i.indexrelid::regclass::text from pg_index i join tenant_table t on t.oid = i.indrelid
      where i.indisunique and not exists (select 1 from pg_attribute x where x.attrelid = t.oid and x.attnum = any(i.indkey) and x.attname = 'tenant_id')
        and not coalesce(obj_description(i.indexrelid, 'pg_class') like 'global:%', false)
    union all select 'definer function without search_path', p.oid::regprocedure::text from pg_proc p
      where p.prosecdef and p.pronamespace = 'public'::regnamespace and not coalesce(p.proconfig::text like '%search_path%', false)
    union all select 'definer function not owned by cf_auth', p.oid::regprocedure::text from pg_proc p
      where p.prosecdef and p.pronamespace = 'public'::regnamespace and p.proowner <> 'cf_auth'::regrole
    union all select 'definer function open to public', p.oid::regprocedure::text from pg_proc p
      where p.prosecdef and p.pronamespace = 'public'::regnamespace and has_function_privilege('public', p.oid, 'execute')
    union all select 'runtime role is superuser or bypasses row security', rolname::text from pg_roles
      where rolname in (current_user, 'cf_app', 'cf_ops') and (rolsuper or rolbypassrls)
    union all select 'runtime role owns a relation', c.relname::text from pg_class c where c.relowner in (select oid from pg_roles where rolname in (current_user, 'cf_app', 'cf_ops'))
    union all select 'runtime role may act as another', r.rolname::text from pg_roles r
      where r.rolname in ('cf_owner', 'cf_auth') and pg_has_role(current_user, r.oid, 'member')`;
}
