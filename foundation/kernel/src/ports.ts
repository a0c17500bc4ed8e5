/** Time, as a parameter. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  nowMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Chance, as a parameter. */
export interface Random {
  /** Cryptographically strong unless a test says otherwise. A fresh array, never a view of a pool. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

export type LogFields = Readonly<Record<string, string | number | bigint | boolean | null | undefined>>;

/** Structured events. `event` is dotted and stable; fields hold ids and figures, never secrets or mail content. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
  /** A logger that adds these fields to each event. */
  with(fields: LogFields): Logger;
}
