import { type Bytes, Failure } from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Db, Tx, TxOptions } from "@casaforte/platform/db";

/** What is counted and can fail. */
export type CallKind = "transaction" | "put" | "read" | "delete";

/** How the k-th call of a kind fails; the database, once it is away, stays away until the session is over. */
export const faultKinds = {
  "transaction refused": "transaction",
  "transaction broken off": "transaction",
  "commit unanswered": "transaction",
  "database away": "transaction",
  "put refused": "put",
  "put broken off": "put",
  "put unanswered": "put",
  "read refused": "read",
  "read broken off": "read",
  "delete refused": "delete",
} as const satisfies Record<string, CallKind>;

export type FaultKind = keyof typeof faultKinds;
export type Calls = Readonly<Record<CallKind, number>>;

/** From 1. */
export interface Fault {
  readonly kind: FaultKind;
  readonly k: number;
}

/** One call fails while it is armed, or all from one on; at all times it knows what is under way. */
export class OneFault {
  #fault: Fault | null = null;
  #calls: Record<CallKind, number> = { transaction: 0, put: 0, read: 0, delete: 0 };
  /** Transactions and streams that were begun and are not over. */
  underWay = 0;
  #acts: readonly string[] = [];
  /** The acts that were under way when the fault came; null: it did not. */
  firedDuring: readonly string[] | null = null;

  /** Counts anew. */
  arm(fault: Fault | null): void {
    this.#fault = fault;
    this.#calls = { transaction: 0, put: 0, read: 0, delete: 0 };
    this.#acts = [];
    this.firedDuring = null;
  }

  disarm(): Calls {
    this.#fault = null;
    return this.#calls;
  }

  /** The fault of this call, where it is the one that fails. */
  next(call: CallKind): FaultKind | null {
    const at = ++this.#calls[call];
    if (this.#fault === null || faultKinds[this.#fault.kind] !== call) return null;
    const { kind, k } = this.#fault;
    if (kind === "database away" ? at < k : at !== k) return null;
    this.firedDuring ??= this.#acts;
    return kind;
  }

  /** What the session does by these names. */
  async doing<T>(acts: readonly string[], work: () => Promise<T>): Promise<T> {
    this.#acts = acts;
    try {
      return await work();
    } finally {
      this.#acts = [];
    }
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.underWay++;
    try {
      return await work();
    } finally {
      this.underWay--;
    }
  }
}

const noDatabase = () => new Failure("unavailable", "db.unavailable", "the database cannot be reached");
const noDisk = () => new Failure("unavailable", "blob.io", "the disk does not answer");

/**
 * A transaction fails as a lost connection has it fail: before it runs, behind its last statement (of one trip it is
 * committed by then), or with its commit done and the answer lost, so that nothing that waits for it is told.
 */
export function faultyDb(db: Db, plan: OneFault): Db {
  function pass<T, X extends Tx>(
    open: (work: (tx: X) => Promise<T>) => Promise<T>,
    work: (tx: X) => Promise<T>,
    options: TxOptions = {},
  ): Promise<T> {
    const fault = plan.next("transaction");
    return plan.during(async () => {
      if (fault === null) return open(work);
      if (fault === "transaction refused" || fault === "database away") throw noDatabase();
      const result = await open(async (tx) => {
        const value = await work({ ...tx, afterCommit() {} });
        if (fault === "transaction broken off" && !options.oneTrip) throw noDatabase();
        return value;
      });
      void result;
      throw noDatabase();
    });
  }
  return {
    ...db,
    tenant: (tenantId, work, options) => pass((inside) => db.tenant(tenantId, inside, options), work, options),
    lookup: (work, options) => pass((inside) => db.lookup(inside, options), work, options),
    operator: (work, options) => pass((inside) => db.operator(inside, options), work, options),
    apart: (tenantId, work) => pass((inside) => db.apart(tenantId, inside), work),
  };
}

/** Pieces as a disk gives them: a store in memory gives all at once. */
const pieceBytes = 65_536;

async function* pieces(source: Bytes | AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  if (!(source instanceof Uint8Array)) return yield* source;
  for (let at = 0; at < source.length; at += pieceBytes) yield source.subarray(at, at + pieceBytes);
}

/** Half of what is short, a piece of what is long, and then the fault. */
async function* brokenOff(source: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  for await (const piece of source) {
    yield piece.subarray(0, piece.length < pieceBytes ? piece.length >> 1 : piece.length);
    throw noDisk();
  }
}

/** A put fails with nothing of its source read, within it, or with the blob stored and the answer lost; a read at once or within. */
export function faultyBlobs(blobs: BlobStore, plan: OneFault): BlobStore {
  const read: BlobStore["read"] = async function* (...args) {
    const fault = plan.next("read");
    if (fault === "read refused") throw noDisk();
    plan.underWay++;
    try {
      const source = pieces(blobs.read(...args));
      for await (const bytes of fault === null ? source : brokenOff(source)) yield* pieces(bytes);
    } finally {
      plan.underWay--;
    }
  };
  return {
    ...blobs,
    put(tenantId, source, options) {
      const fault = plan.next("put");
      return plan.during(async () => {
        if (fault === "put refused") throw noDisk();
        const stored = await blobs.put(
          tenantId,
          fault === "put broken off" ? brokenOff(pieces(source)) : source,
          options,
        );
        if (fault !== null) throw noDisk();
        return stored;
      });
    },
    read,
    readAll(...args) {
      const fault = plan.next("read");
      return plan.during(async () => {
        if (fault !== null) throw noDisk();
        return blobs.readAll(...args);
      });
    },
    delete(...args) {
      const fault = plan.next("delete");
      return plan.during(async () => {
        if (fault !== null) throw noDisk();
        return blobs.delete(...args);
      });
    },
  };
}
