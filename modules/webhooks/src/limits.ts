const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Every figure about webhooks. */
export const webhooksLimits = {
  endpointsMax: 10,
  /** Events that may wait for one endpoint; one more, and it is disabled. */
  waitingMax: 10_000,
  gatherEveryMs: 2_000,
  /** Entries of a customer's log that are read in one transaction. */
  gatherBatch: 200,
  /** Gaps between tries, each with up to a quarter of jitter; the last one goes on. */
  gapsMs: [5_000, minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs],
  /** An endpoint that refused one event is left alone with the others for as long as that one's gap, at most this. */
  restMaxMs: 5 * minuteMs,
  /** After how long without one success an endpoint is disabled. */
  disableAfterMs: 3 * dayMs,
  /** How long an event is tried: its last try comes when it may disable its endpoint. */
  giveUpAfterMs: 3 * dayMs + hourMs,
  /** Trials of one endpoint in an hour. */
  trialsMax: 20,
  trialsWithinMs: hourMs,
  /** How long a receiver may take, its head and what it says. */
  answerMs: 15_000,
  answerBytesMax: 64 * 1024,
  /** Who sends an event lets nobody else do so for this long. */
  claimMs: minuteMs,
  /** How many one turn sends to one endpoint before others get theirs, and how long it goes on. */
  turnEvents: 50,
  turnMs: 20_000,
  /** Customers that one process sends for at once, to one endpoint each: other work waits for the same workers. */
  atOnce: 3,
  /** Until a turn that found no place is tried again. */
  noPlaceMs: 1_000,
  /** Who found no place and has not asked again for so long waits no more. */
  lineMs: 5_000,
  /** How long both secrets sign after a change. */
  bothSecretsMs: dayMs,
  secretBytes: 32,
  /** What has been delivered or given up; what waits stays. */
  deliveriesKeptMs: 30 * dayMs,
  sweepEveryMs: hourMs,
  pageMax: 50,
} as const;
