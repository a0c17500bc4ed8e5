/** Named limits of the catalogue. */
export const catalogueLimits = {
  /** Notice before a change of price takes effect (R43). */
  priceNoticeMs: 30 * 24 * 3_600_000,
  acceptedMax: 20,
} as const;
