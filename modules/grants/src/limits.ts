/** Every figure about support access. */
export const grantsLimits = {
  /** A request that nobody answered is no longer one. */
  askedMs: 7 * 24 * 3_600_000,
  /** Requests of all operators that may wait for one customer's answer. */
  askedMax: 20,
  /** How long the link into the console is good, for one use. */
  codeMs: 60_000,
  /** A session under a grant that nobody uses ends, as the operator's own does (R77). */
  idleMs: 15 * 60_000,
  /** How exactly its last use is known. */
  seenEveryMs: 60_000,
  clockEveryMs: 60_000,
  listedMax: 100,
} as const;
