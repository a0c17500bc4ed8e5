/** Every figure about support access. */
export const grantsLimits = {
  /** A request that nobody answered is no longer one. */
  askedMs: 7 * 24 * 3_600_000,
  /** Requests of all operators that may wait for one customer's answer. */
  askedMax: 20,
  /** How long the link into the console is good, for one use. */
  codeMs: 60_000,
  clockEveryMs: 60_000,
  listedMax: 100,
} as const;
