/** Bounds on scripts, which their owners write, and on the work one message may cause. */
export const sieveLimits = {
  /** UTF-8 bytes of one script. */
  scriptBytesMax: 128 * 1024,
  /** Commands and tests of one script. */
  nodesMax: 4_000,
  /** Blocks in blocks and tests in tests (RFC 5228 §2.10.5 asks for 15 at least). */
  nestingMax: 32,
  /** Strings of one list. */
  listMax: 1_000,
  /** Characters of one string after its variables are filled in. */
  stringMax: 64 * 1024,
  /** Actions one run may ask for (RFC 5228 §2.10.5 asks for 15 at least). */
  actionsMax: 32,
  /** Redirects one run may ask for: each is a message we send. */
  redirectsMax: 4,
  /** Names one script may set (RFC 5229 §6 asks for 128 at least). */
  variablesMax: 128,
  /** Characters a variable keeps (RFC 5229 §6 asks for 4,000 at least); the rest is cut. */
  variableMax: 4_000,
  /** Flags of one message. */
  flagsMax: 64,
  /** Character comparisons of one run; beyond it the message is kept and the run says why. */
  workMax: 3_000_000,
} as const;
