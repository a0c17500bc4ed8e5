/** Every figure about sub-processors. */
export const processorLimits = {
  /** Calendar days between the announcement and the first day of a change. */
  noticeDays: 30,
  textCharsMax: 4_000,
  instructionsMax: 500,
  listedMax: 200,
} as const;
