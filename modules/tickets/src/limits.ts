const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Every figure of the support desk, in one place. */
export const ticketLimits = {
  subjectCharsMax: 200,
  bodyCharsMax: 100_000,
  concernsCharsMax: 500,
  causeCharsMax: 2_000,
  attachmentsMax: 20,
  attachmentBytesMax: 25 * 1024 * 1024,
  attachmentNameCharsMax: 200,
  /** What one request of the portal may carry, files included. */
  portalBytesMax: 8 * 1024 * 1024,
  pageSizeMax: 100,
  /** What was said in a ticket, that is shown: the newest. */
  entriesMax: 500,
  /** Requests that one takes up. */
  mergedMax: 50,
  /** Requests about one notice: listed, and answered in one turn. */
  linkedBatch: 200,
  /** How soon somebody reacts, by severity (R26). */
  reactionMs: { urgent: hourMs, high: 4 * hourMs, normal: dayMs, low: 2 * dayMs },
  /** A customer who owes an answer is reminded after each of these, then the ticket counts as solved (R19). */
  reminderAfterMs: [3 * dayMs, 7 * dayMs],
  giveUpAfterMs: 14 * dayMs,
  /** A solved ticket opens again when the customer writes within this time; later a new one is opened. */
  reopenMs: 14 * dayMs,
  /** Confirmations to one address a day and a ticket: what ends a loop of two machines (R20). */
  automaticRepliesPerTicketMax: 5,
  automaticRepliesPerAddressMax: 20,
  /** Tickets and entries in the copy of their data that a person takes. */
  ofPersonMax: 5_000,
  /** Messages of the support mailbox taken in one run of the intake. */
  intakeBatch: 20,
  intakeEveryMs: 2_000,
  clockEveryMs: 10 * minuteMs,
  dayMs,
} as const;
