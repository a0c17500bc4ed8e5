const hourMs = 3_600_000;

/** Named limits of requests of authorities. */
export const complianceLimits = {
  /** How long we have, by kind (Reg. (EU) 2023/1543, art. 10 and 11): ten days, eight hours, without undue delay. */
  deadlineMs: { production: 240 * hourMs, emergency: 8 * hourMs, preservation: 24 * hourMs },
  listed: 200,
  clockEveryMs: 60_000,
} as const;
