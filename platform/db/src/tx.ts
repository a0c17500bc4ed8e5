import type { TenantId } from "@casaforte/kernel";
import type postgres from "postgres";

/** Column types that come back as `bigint` (int8); everything else as postgres.js maps it. */
export type PgTypes = { bigint: bigint };

/** postgres.js inside a transaction: tx.sql<Row[]>`select …`. The only way to reach the database. */
export type Sql = postgres.TransactionSql<PgTypes>;

/**
 * One transaction. `afterCommit` effects run in order once the commit has been confirmed, never after a rollback; they
 * are hints, so a failing one is logged and does not undo anything.
 */
export interface Tx {
  readonly sql: Sql;
  afterCommit(effect: () => void | Promise<void>): void;
}

/** A transaction that sees and writes one tenant's rows only: row-level security, not convention (R50). */
export interface TenantTx extends Tx {
  readonly scope: "tenant";
  readonly tenantId: TenantId;
}

/** A transaction of the operator role: sees the tables that an operator policy opens, across tenants. */
export interface OperatorTx extends Tx {
  readonly scope: "operator";
}

/** A transaction with no tenant: tenant tables are empty to it; reviewed definer functions answer look-ups. */
export interface LookupTx extends Tx {
  readonly scope: "lookup";
}

export interface TxOptions {
  readonly signal?: AbortSignal;
  readonly readOnly?: boolean;
  /**
   * The work sends all its statements before it waits for the first answer, and throws only when one of them failed or
   * when nothing was changed: then everything from BEGIN to COMMIT travels in one write. A statement that comes later is
   * refused.
   */
  readonly oneTrip?: boolean;
}

/** Held until it is disposed of, which never throws. */
export type Place = AsyncDisposable;

/** The database behind all roles of the program; embedded and external PostgreSQL alike. */
export interface Db {
  tenant<T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>, options?: TxOptions): Promise<T>;
  /**
   * One transaction for everything that `work` does for the tenant: each `tenant` call inside joins it, under a
   * savepoint, and nothing is committed before `work` is done. `lookup` and `operator` stay on their own. Few run at
   * once, for each holds its connection through whatever `work` waits for: it must not wait for the network.
   */
  together<T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>): Promise<T>;
  /** The same for what an operator does: each `operator` call inside joins it; `tenant` and `lookup` stay on their own. */
  operatorTogether<T>(work: (tx: OperatorTx) => Promise<T>): Promise<T>;
  /**
   * A transaction that joins none and lasts whatever becomes of a surrounding `together`: for what must be known though
   * the act is refused. It must not touch rows that the surrounding one has changed, for it would wait for them.
   */
  apart<T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>): Promise<T>;
  operator<T>(work: (tx: OperatorTx) => Promise<T>, options?: TxOptions): Promise<T>;
  lookup<T>(work: (tx: LookupTx) => Promise<T>, options?: TxOptions): Promise<T>;
  /**
   * LISTEN on a channel (lower-case identifier). `onPayload` is called for each NOTIFY, and once with `null` after each
   * (re)connection, when hints may have been missed. Returns the way to stop.
   */
  listen(channel: string, onPayload: (payload: string | null) => void): Promise<() => Promise<void>>;
  /** NOTIFY outside any transaction. */
  notify(channel: string, payload: string): Promise<void>;
  /**
   * One of `count` places of that name, which all processes on this database share; null where none is free. It is this
   * process's until it is disposed of. Who is killed, or loses its connection, has given back all its places: at once, or
   * where a machine goes dark, within a minute. A place bounds work and guards no truth.
   */
  takePlace(name: string, count: number): Promise<Place | null>;
  /** Waits for running transactions, at most `graceMs`, then cuts. */
  close(graceMs?: number): Promise<void>;
}

/** A claim about each tenant's data that must always hold; run tenant by tenant by tests, fault tests and `casaforte doctor`. */
export interface Invariant {
  /** Dotted and stable: `mailbox.uid_below_uidnext`. */
  readonly name: string;
  /** Plain-word findings with ids; an empty list means the claim holds. */
  check(tx: TenantTx): Promise<readonly string[]>;
}
