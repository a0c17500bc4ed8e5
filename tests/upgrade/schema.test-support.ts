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

/** What a program of some version can name: tables with their columns, and functions with what they take and give. */
export interface Schema {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Column>>;
  readonly functions: readonly Callable[];
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
    return { tables, functions };
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
  return breaks.sort();
}

/** A call made for `before` finds `now`: the same arguments, others may be left out, and the same result. */
const stillAnswers = (before: Callable, now: Callable): boolean =>
  now.name === before.name &&
  now.gives === before.gives &&
  before.takes.every((type, at) => now.takes[at] === type) &&
  now.takes.length - now.defaults <= before.takes.length - before.defaults;
