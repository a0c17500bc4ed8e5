export const filingLimits = {
  /** Scripts of one account. */
  scriptsMax: 32,
  /** Times that rules passed a message on, as its Delivered-To fields tell; with more it is kept. */
  redirectedMax: 5,
  /** Days between two answers of the vacation form to one sender. */
  vacationDays: 7,
  /** Days after which an answer is forgotten; longer than any script may ask for. */
  repliesKeptDays: 120,
  /** Parsed scripts kept in a process. */
  programsKept: 1_000,
  /** Characters of the subject and bytes of the texts of an answer. */
  vacationSubjectMax: 250,
  vacationTextBytesMax: 65_536,
  vacationHtmlBytesMax: 131_072,
} as const;
