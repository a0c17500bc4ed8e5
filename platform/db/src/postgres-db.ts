import { assert, Failure, type Logger, providerTenantId, type TenantId } from "@casaforte/kernel";
import postgres from "postgres";
import { parseDatabaseUrl } from "./database-url.ts";
import { toFailure } from "./errors.ts";
import { openPlaces } from "./places.ts";
import { apart, caller, isInside, join, type Scope, share, sharedOf } from "./shared-tx.ts";
import { createTogetherGate } from "./together-gate.ts";
import type { Db, LookupTx, OperatorTx, PgTypes, Sql, TenantTx, TxOptions } from "./tx.ts";

export interface DbUrls {
  /** Connection URL of the runtime role `cf_app`; see roles.ts. */
  readonly appUrl: string;
  /** Connection URL of the operator role `cf_ops`. */
  readonly operatorUrl: string;
}

export interface DbOptions extends DbUrls {
  readonly logger: Logger;
  readonly appConnectionsMax?: number;
  readonly operatorConnectionsMax?: number;
}

const firstMs = Date.parse("1000-01-01T00:00:00Z");
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");

/** Whoever speaks of an instant outside of these, as a search by date may, means the nearest: not all have a text in common. */
const instantType = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: Date | string) =>
    new Date(Math.min(Math.max(new Date(value).getTime(), firstMs), lastMs)).toISOString(),
  parse: (text: string) => new Date(text),
};

type Pool = postgres.Sql<PgTypes>;
type Effect = () => void | Promise<void>;

/** Seconds. A machine that goes dark says no goodbye, and its locks must not wait for the system's two hours. */
const lastingOptions = { tcp_keepalives_idle: 30, tcp_keepalives_interval: 10, tcp_keepalives_count: 3 };

/**
 * A pool on a database URL; see database-url.ts for its forms. Nothing connects before the first query. `isLasting`: for
 * commands that hold a lock for hours; a connection is not renewed, neither after its usual life nor when it rests.
 * `writes`: a standby, which a name may still lead to while another takes over, is left at once; who asked is told unavailable,
 * and the next one connects again.
 */
export function openPool(url: string, max: number, { isLasting = false, writes = false } = {}): Pool {
  const { at, database, user, password, tls } = parseDatabaseUrl(url);
  return postgres({
    ...at,
    database,
    username: user,
    password,
    ...(tls ? { ssl: { ...tls } } : {}),
    max,
    ...(isLasting ? { idle_timeout: 0, max_lifetime: null } : { idle_timeout: 60 }),
    connect_timeout: 15,
    ...(writes ? { target_session_attrs: "primary" } : {}),
    // Seconds. The package's own rule grows to 20 s over the failures of all connections together, so that a restart of
    // one second stopped the product for a quarter of a minute.
    backoff: (failures) => Math.min(0.02 * 2 ** failures, 0.5),
    onnotice: () => {},
    types: { bigint: postgres.BigInt, date: instantType },
    connection: {
      application_name: "casaforte",
      statement_timeout: 60_000,
      idle_in_transaction_session_timeout: 120_000,
      ...(isLasting ? lastingOptions : {}),
    },
  }) as Pool;
}

/** "one trip" is for our patched driver (ADR 3), which sends no BEGIN then; anything else follows BEGIN. */
function modeOf({ readOnly, oneTrip }: TxOptions): string {
  if (oneTrip && "oneTrip" in postgres) return "one trip";
  return readOnly ? "read only" : "";
}

/** What comes before the work: its tenant, and that it may not write where no BEGIN said so. */
function scopeOf(sql: Sql, tenantId: TenantId | null, mode: string, { readOnly }: TxOptions) {
  const saysReadOnly = readOnly === true && mode === "one trip";
  if (tenantId === null) return saysReadOnly ? sql`select set_config('transaction_read_only', 'on', true)` : null;
  return saysReadOnly
    ? sql`select set_config('app.tenant_id', ${tenantId}, true), set_config('transaction_read_only', 'on', true)`
    : sql`select set_config('app.tenant_id', ${tenantId}, true)`;
}

/** Opens the pools. Nothing connects before the first transaction. */
export function openDb(options: DbOptions): Db {
  const appMax = options.appConnectionsMax ?? 24;
  const app = openPool(options.appUrl, appMax, { writes: true });
  const operatorMax = options.operatorConnectionsMax ?? 4;
  const operator = openPool(options.operatorUrl, operatorMax, { writes: true });
  const places = openPlaces(openPool(options.appUrl, 1, { isLasting: true, writes: true }));
  const { logger } = options;
  const gate = createTogetherGate(appMax);
  // What joins the operators' needs no second connection of their pool: half of it may be held.
  const operatorGate = createTogetherGate(Math.floor((operatorMax * 3) / 2));

  /** A second connection beside the one that `together` holds. */
  const assertBeside = () =>
    assert(!isInside() || appMax > 1, "a pool of one connection has no other beside the one that is held");

  async function run<T>(
    pool: Pool,
    tenantId: TenantId | null,
    work: (sql: Sql, after: (e: Effect) => void) => Promise<T>,
    txOptions: TxOptions,
  ): Promise<T> {
    txOptions.signal?.throwIfAborted();
    // The driver calls back from whichever request opened the connection: what runs there is this one's all the same.
    const here = caller();
    const effects: Effect[] = [];
    const mode = modeOf(txOptions);
    let result: T;
    try {
      result = (
        (await pool.begin(mode, async (sql) => {
          // Not awaited: it travels in the same write as the first statement of the work.
          const scoped = scopeOf(sql, tenantId, mode, txOptions)?.execute();
          scoped?.catch(() => {});
          const value = await here(() => work(sql, (effect) => effects.push(effect)));
          await scoped;
          txOptions.signal?.throwIfAborted();
          return { value };
        })) as { value: T }
      ).value;
    } catch (error) {
      throw toFailure(error, { wasReadOnly: txOptions.readOnly === true });
    }
    for (const effect of effects) {
      try {
        await apart(effect);
      } catch (error) {
        logger.error("db.after_commit_failed", error);
      }
    }
    return result;
  }

  function alone<T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>, txOptions: TxOptions): Promise<T> {
    assert(tenantId.length === 36, "a tenant transaction names its tenant");
    assertBeside();
    return run(
      app,
      tenantId,
      (sql, afterCommit) => work({ scope: "tenant", tenantId, sql, afterCommit } satisfies TenantTx),
      txOptions,
    );
  }

  /** One transaction that those of its scope join. */
  function shared<T, S extends Scope>(pool: Pool, scope: S, work: Parameters<typeof share<T, S>>[1]): Promise<T> {
    const effects: Effect[] = [];
    return run(
      pool,
      scope === "operator" ? null : scope,
      async (sql, after) => {
        const value = await share({ scope, sql, effects }, work);
        effects.forEach(after);
        return value;
      },
      {},
    );
  }

  return {
    tenant(tenantId, work, txOptions = {}) {
      assert(tenantId.length === 36, "a tenant transaction names its tenant");
      const open = sharedOf(tenantId);
      if (open !== null) return join(open, work);
      return alone(tenantId, work, txOptions);
    },
    apart(tenantId, work) {
      assertBeside();
      return apart(() => alone(tenantId, work, {}));
    },
    together(tenantId, work) {
      assert(tenantId.length === 36, "a tenant transaction names its tenant");
      const open = sharedOf(tenantId);
      if (open !== null) return join(open, work);
      // Inside another tenant's it would wait for itself.
      assert(!isInside(), "one tenant at a time");
      return gate(tenantId, () => shared(app, tenantId, work));
    },
    operatorTogether(work) {
      const open = sharedOf("operator");
      if (open !== null) return join(open, work);
      assert(!isInside(), "nothing is shared twice");
      return operatorGate(providerTenantId, () => shared(operator, "operator", work));
    },
    operator(work, txOptions = {}) {
      const open = sharedOf("operator");
      if (open !== null) return join(open, work);
      return run(
        operator,
        null,
        (sql, afterCommit) => work({ scope: "operator", sql, afterCommit } satisfies OperatorTx),
        txOptions,
      );
    },
    lookup(work, txOptions = {}) {
      assertBeside();
      return run(
        app,
        null,
        (sql, afterCommit) => work({ scope: "lookup", sql, afterCommit } satisfies LookupTx),
        txOptions,
      );
    },
    async listen(channel, onPayload) {
      if (!/^[a-z_]{1,60}$/.test(channel))
        throw new Failure("invalid", "db.channel", "a channel is a lower-case identifier");
      const subscription = await app.listen(
        channel,
        (payload) => onPayload(payload),
        () => onPayload(null),
      );
      return () => subscription.unlisten();
    },
    async notify(channel, payload) {
      try {
        // A transaction of its own that may be lost: nobody's commit waits behind its sync of the disk.
        await app`select set_config('synchronous_commit', 'off', true), pg_notify(${channel}, ${payload})`;
      } catch (error) {
        throw toFailure(error);
      }
    },
    takePlace: (name, count) => places.take(name, count),
    async close(graceMs = 5_000) {
      await Promise.all([
        places.close(),
        app.end({ timeout: graceMs / 1000 }),
        operator.end({ timeout: graceMs / 1000 }),
      ]);
    },
  };
}
