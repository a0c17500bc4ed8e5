/** Every figure about complaints. */
export const complaintLimits = {
  locationCharsMax: 1_000,
  reasonsCharsMax: 8_000,
  bodyBytesMax: 64_000,
  listedMax: 200,
} as const;
