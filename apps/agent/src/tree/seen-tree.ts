/** What was looked at before a walk. */
export interface SeenTree {
  /** What a directory held, given once; undefined where it was not looked at, or long ago. The path as latin1. */
  take(path: string): SeenDirectory | undefined;
}

/** What a directory held, and of its first names what the system said of them. */
export interface SeenDirectory {
  /** As `namesUnder` gives them. */
  readonly names: readonly string[];
  /**
   * What `statxInto` gives of a name, up to the times; false where it was not looked at, or long ago. Names are asked for in
   * ascending order.
   */
  copyStats(name: string, into: Buffer): boolean;
}
