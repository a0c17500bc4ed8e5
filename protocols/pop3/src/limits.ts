const minuteMs = 60_000;

/** Bounds on what a client may ask for. Sizes in bytes, times in milliseconds. */
export interface Pop3Limits {
  /** One command line. RFC 2449 §4 says 255; SASL responses may be longer. */
  readonly lineBytes: number;
  /** Refused lines before the connection ends. */
  readonly badCommands: number;
  readonly failedLogins: number;
  /** Silence before the session ends (RFC 1939 §3: at least 10 minutes). */
  readonly idleTimeoutMs: number;
  readonly loginTimeoutMs: number;
}

export const defaultLimits: Pop3Limits = {
  lineBytes: 4_096,
  badCommands: 10,
  failedLogins: 5,
  idleTimeoutMs: 10 * minuteMs,
  loginTimeoutMs: minuteMs,
};
