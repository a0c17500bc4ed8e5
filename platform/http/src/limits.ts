/** Named limits of every HTTP listener. */
export const httpLimits = {
  bodyBytesMax: 1024 * 1024,
  /** Fields in the JSON of a request, those of all its objects together. */
  bodyFieldsMax: 10_000,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 65_000,
  closeGraceMs: 10_000,
  /** How much of a refused request's body is read and thrown away, and for how long, before the refusal goes out. */
  refusedBodyBytesMax: 16 * 1024 * 1024,
  refusedBodyWaitMs: 5_000,
  /** What an answer says of a refused request: fields named, and characters of each name and message. */
  problemFieldsMax: 20,
  problemCharsMax: 200,
} as const;
