const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Named limits of the module. */
export const certificateLimits = {
  /** How often names are looked for that are due. */
  tendEveryMs: 10 * minuteMs,
  /** Names of one customer that are looked at in one turn, one after the other. */
  namesPerTurnMax: 100,
  /** Customers whose names are looked at at once, and names that customers asked for: deliveries wait for the same workers. */
  turnsAtOnce: 2,
  /** After so long the next look goes on, that finds new names first. */
  walkMs: 10 * minuteMs,
  /** How long whoever looks at a name keeps others from it. */
  claimMs: 10 * minuteMs,
  /** A customer's orders in seven days. */
  ordersPerWeekMax: 100,
  weekMs: 7 * dayMs,
  /** How often a name that does not lead here is looked at: at first, and later. */
  lookAgainMs: hourMs,
  lookSeldomMs: 6 * hourMs,
  looksAtFirst: 24,
  /** After a failure, doubled by each further one. */
  backoffMs: 10 * minuteMs,
  backoffMsMax: dayMs,
  /** How long nobody asks an authority that was away. */
  awayMs: 5 * minuteMs,
  /** Between two trials that a customer asks for; the second after the authority refused, whose own limits are per hour. */
  retryMs: minuteMs,
  retryRefusedMs: 15 * minuteMs,
  /** Of a certificate's life, in percent, after which it is renewed. */
  renewAfterPercent: 66,
  /** A certificate that ends sooner is an operator's business; so is a name that failed so many times. */
  endsSoonMs: 14 * dayMs,
  failuresTold: 3,
  /** Of those, so many are listed. */
  troubledMax: 200,
  wordsMax: 500,
  chainMax: 262_144,
  /** Pairs read in one question. */
  pairsAtOnce: 200,
} as const;
