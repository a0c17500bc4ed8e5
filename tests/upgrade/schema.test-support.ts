import { openPool } from "@casaforte/platform/db";

interface Column {
  readonly type: string;
  /** Whether a row may be written without naming it. */
  readonly isOptional: boolean;
}

interface Callable {
  readonly name: string;
  readonly takes: readonly string[];
  /** How many of its last arguments may be left out. */
  readonly defaults: number;
  readonly gives: string;
}

/** What one of the program's roles may do with a column; `delete` stands on each. */
interface Right {
  readonly table: string;
  readonly column: string;
  readonly role: string;
  readonly right: string;
}

/** A unique index or a CHECK: what a row must be. `is`: its definition, or its name. */
interface Rule {
  readonly table: string;
  readonly columns: readonly string[];
  readonly is: string;
}

/**
 * What a program of some version can name: tables with their columns, and functions with what they take and give; what it may
 * do with them, and what they demand of a row.
 */
export interface Schema {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Column>>;
  readonly functions: readonly Callable[];
  readonly rights: readonly Right[];
  readonly uniques: readonly Rule[];
  readonly checks: readonly Rule[];
}

export async function readSchema(url: string): Promise<Schema> {
  const pool = openPool(url, 1);
  try {
    const columns = await pool<{ table: string; column: string; type: string; isOptional: boolean }[]>`
      select c.relname::text as "table", a.attname::text as "column", format_type(a.atttypid, a.atttypmod) as type,
        not a.attnotnull or a.atthasdef or a.attidentity <> '' as "isOptional"
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p', 'v') and c.relnamespace = 'public'::regnamespace and not c.relispartition`;
    const functions = await pool<Callable[]>`
      select p.proname::text as name, array(select format_type(t, null) from unnest(p.proargtypes) t) as takes,
        p.pronargdefaults::int as "defaults", pg_get_function_result(p.oid) as gives
      from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`;
    const tables = new Map<string, Map<string, Column>>();
    for (const { table, column, type, isOptional } of columns) {
      const known = tables.get(table) ?? new Map<string, Column>();
      tables.set(table, known.set(column, { type, isOptional }));
    }
    const rights = await pool<Right[]>`
      select c.relname::text as "table", a.attname::text as "column", role, "right"
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
        unnest(array['cf_app', 'cf_ops']) role, unnest(array['select', 'insert', 'update', 'delete']) "right"
      where c.relkind in ('r', 'p', 'v') and c.relnamespace = 'public'::regnamespace and not c.relispartition
        and case "right" when 'delete' then has_table_privilege(role, c.oid, 'delete')
          else has_column_privilege(role, c.oid, a.attnum, "right") end`;
    const uniques = await pool<Rule[]>`
      select c.relname::text as "table", regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', '') as is,
        array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = any(i.indkey)) as columns
      from pg_index i join pg_class c on c.oid = i.indrelid
      where i.indisunique and c.relnamespace = 'public'::regnamespace and not c.relispartition`;
    const checks = await pool<Rule[]>`
      select c.relname::text as "table", k.conname::text as is,
        array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = any(k.conkey)) as columns
      from pg_constraint k join pg_class c on c.oid = k.conrelid
      where k.contype = 'c' and c.relnamespace = 'public'::regnamespace and not c.relispartition`;
    return { tables, functions, rights: [...rights], uniques: [...uniques], checks: [...checks] };
  } finally {
    await pool.end();
  }
}

/** What a program made for `earlier` could no longer do on `later`, a line each. */
export function listBreaks(earlier: Schema, later: Schema): string[] {
  const breaks = earlier.functions
    .filter((before) => !later.functions.some((now) => stillAnswers(before, now)))
    .map(({ name, takes }) => `${name}(${takes.join(", ")}) is gone`);
  for (const [table, columns] of earlier.tables) {
    const now = later.tables.get(table);
    if (!now) {
      breaks.push(`${table} is gone`);
      continue;
    }
    for (const [column, { type, isOptional }] of columns) {
      const found = now.get(column);
      if (!found) breaks.push(`${table}.${column} is gone`);
      else if (found.type !== type) breaks.push(`${table}.${column} was ${type} and is ${found.type}`);
      else if (isOptional && !found.isOptional) breaks.push(`${table}.${column} must be given now`);
    }
    for (const [column, { isOptional }] of now)
      if (!columns.has(column) && !isOptional) breaks.push(`${table}.${column} is new and must be given`);
  }
  return [...breaks, ...lostRights(earlier, later), ...newDemands(earlier, later)].sort();
}

/** Of columns that are still there. */
function lostRights(earlier: Schema, later: Schema): string[] {
  const key = ({ table, column, role, right }: Right) => `${table}.${column} ${role} ${right}`;
  const now = new Set(later.rights.map(key));
  const lost = earlier.rights.filter((each) => later.tables.get(each.table)?.has(each.column) && !now.has(key(each)));
  return [...new Set(lost.map(({ table, role, right }) => `${role} may ${right} less of ${table}`))];
}

/**
 * A unique index that `on conflict` named is gone; rows that were taken are refused by a new one, or by a new CHECK, on
 * columns that were there. A CHECK that changed under its name may have been widened: that is not judged here.
 */
function newDemands(earlier: Schema, later: Schema): string[] {
  const key = ({ table, is }: Rule) => `${table} ${is}`;
  const without = (rules: readonly Rule[], others: readonly Rule[]) => {
    const known = new Set(others.map(key));
    return rules.filter((rule) => !known.has(key(rule)));
  };
  const isOld = ({ table, columns }: Rule) =>
    columns.length > 0 && columns.every((column) => earlier.tables.get(table)?.has(column));
  const stands = ({ table, columns }: Rule) => columns.every((column) => later.tables.get(table)?.has(column));
  // Of whole columns among them that were unique already.
  const isImplied = ({ table, columns }: Rule) =>
    earlier.uniques.some(
      (each) =>
        each.table === table &&
        /^btree \([a-z_]+(, [a-z_]+)*\)$/.test(each.is) &&
        each.columns.every((column) => columns.includes(column)),
    );
  return [
    ...without(earlier.uniques, later.uniques)
      .filter(stands)
      .map((rule) => `unique ${key(rule)} is gone`),
    ...without(later.uniques, earlier.uniques)
      .filter((rule) => isOld(rule) && !isImplied(rule))
      .map((rule) => `unique ${key(rule)} is new`),
    ...without(later.checks, earlier.checks)
      .filter(isOld)
      .map((rule) => `check ${key(rule)} is new`),
  ];
}

/** A call made for `before` finds `now`: the same arguments, others may be left out, and the same result. */
const stillAnswers = (before: Callable, now: Callable): boolean =>
  now.name === before.name &&
  now.gives === before.gives &&
  before.takes.every((type, at) => now.takes[at] === type) &&
  now.takes.length - now.defaults <= before.takes.length - before.defaults;
