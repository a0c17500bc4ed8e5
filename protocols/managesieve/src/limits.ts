const minuteMs = 60_000;

/** Bounds on what a client may ask for. Sizes in bytes, times in milliseconds. */
export interface ManageSieveLimits {
  /** One command without its literals. */
  readonly lineBytes: number;
  /** One literal before the login: a SASL response. */
  readonly loginLiteralBytes: number;
  /** One literal after it: a script. */
  readonly literalBytes: number;
  /** Refused commands in a row before the connection ends. */
  readonly badCommands: number;
  readonly failedLogins: number;
  /** Silence before the session ends (RFC 5804 §1.2: at least 30 minutes once signed in). */
  readonly idleTimeoutMs: number;
  readonly loginTimeoutMs: number;
}

export const defaultLimits: ManageSieveLimits = {
  lineBytes: 8_192,
  loginLiteralBytes: 4_096,
  literalBytes: 128 * 1024,
  badCommands: 10,
  failedLogins: 5,
  idleTimeoutMs: 30 * minuteMs,
  loginTimeoutMs: minuteMs,
};

/** Arguments of one command. */
export const argumentsMax = 4;
