/** A sleeping laptop stops every timer: the clock itself is looked at this often. */
export const lookMsMax = 30_000;
/** A run whose time passed longer ago than this counts as missed. */
export const missedAfterMs = 10 * 60_000;
/** Pause before a failed run is tried again; doubles up to the longest. */
export const retryMsFirst = 60_000;
export const retryMsMax = 3_600_000;
/** Pause before the vault is asked again for the policy, when it could not be. */
export const askAgainMs = 60_000;
/** Bytes that may go at once, before the rate holds them back: half a second's worth, but a part at least. */
export const burstMs = 500;
