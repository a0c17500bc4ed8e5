const hourMs = 3_600_000;

/** Named limits of requests of authorities. */
export const complianceLimits = {
  /** How long we have, by kind (Reg. (EU) 2023/1543, art. 10 and 11): ten days, eight hours, without undue delay. */
  deadlineMs: { production: 240 * hourMs, emergency: 8 * hourMs, preservation: 24 * hourMs },
  /**
   * From awareness: the authority (GDPR, art. 33 (1)), early warning and notification (Directive (EU) 2022/2555, art. 23
   * (4)). Customers are to be told without undue delay (GDPR, art. 33 (2)): we give ourselves a day.
   */
  incidentMs: {
    customers: 24 * hourMs,
    authority: 72 * hourMs,
    earlyWarning: 24 * hourMs,
    notification: 72 * hourMs,
    /** A step that is due so soon raises an alarm. */
    soon: 6 * hourMs,
  },
  incidentCustomersMax: 500,
  listed: 200,
  clockEveryMs: 60_000,
  retentionEveryMs: 24 * hourMs,
} as const;
