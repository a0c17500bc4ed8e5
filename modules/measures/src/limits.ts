const dayMs = 86_400_000;

/** Every figure about measures that the table does not hold. */
export const measureLimits = {
  /** Older breaches of the same nature do not count any more (R64). */
  recurrenceWindowMs: 365 * dayMs,
  /** How long a customer may contest a measure, from the statement of reasons (R66). */
  appealWithinMs: 180 * dayMs,
  /** How soon somebody decides about an appeal. */
  appealDecidedWithinMs: 14 * dayMs,
  /** Ends, begins and mends what others changed. */
  clockEveryMs: 60_000,
  factsCharsMax: 4_000,
  clauseCharsMax: 500,
  evidenceCharsMax: 1_000,
  appealCharsMax: 10_000,
  decisionCharsMax: 4_000,
  reasonCharsMax: 1_000,
  listedMax: 200,
  dayMs,
} as const;
