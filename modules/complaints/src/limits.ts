/** Every figure about complaints. */
export const complaintLimits = {
  /** How long who complained is known after the decision: as long as claims for damage may be made (art. 2947 c.c.). */
  keptMs: 5 * 365 * 86_400_000,
  sweepEveryMs: 86_400_000,
  locationCharsMax: 1_000,
  reasonsCharsMax: 8_000,
  bodyBytesMax: 64_000,
  pageCount: 50,
  /** Mails to an address that nobody confirmed: of one address in a day, of the installation in an hour. */
  receiptsOfAddressMax: 3,
  receiptsOfHourMax: 100,
  /** Mails to the legal role about lives at stake, in an hour: who floods us does not flood them. */
  alarmsOfHourMax: 10,
  dayMs: 86_400_000,
  hourMs: 3_600_000,
} as const;
