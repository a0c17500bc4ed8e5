import type { Sql } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";

/**
 * `and p.uid …` for the memberships asked: a range where the UIDs are one, else a list. Different statements on
 * purpose: a plan that must fit both would read the whole mailbox.
 */
export function uidFilter(sql: Sql, uids: ArrayLike<number> | null) {
  if (uids === null) return sql``;
  const first = uids[0];
  const last = uids[uids.length - 1];
  if (first === undefined || last === undefined) return sql`and false`;
  if (last - first + 1 === uids.length) return sql`and p.uid between ${first} and ${last}`;
  return sql`and p.uid = any(${Array.from(uids)}::int[])`;
}

/** The same for the functions in sql/: ends, and a list only where it says more than its ends. */
export function uidArguments(uids: ArrayLike<number> | null): {
  readonly list: number[] | null;
  readonly first: number;
  readonly last: number;
} {
  if (uids === null) return { list: null, first: 1, last: mailboxLimits.uidMax };
  const first = uids[0] ?? 1;
  const last = uids[uids.length - 1] ?? 0;
  return { list: last - first + 1 === uids.length ? null : Array.from(uids), first, last };
}
