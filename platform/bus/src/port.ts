/**
 * Hints between nodes and sessions: may be lost, may come twice, carry no truth. Publish from `tx.afterCommit`.
 * A subscriber is also called with `null` when hints may have been missed; it then re-reads its own state.
 */
export interface Bus {
  /** `topic` is a noun and an id, such as `mail:<account id>` or `device:<device id>`. Never throws, never waits. */
  publish(topic: string, payload?: string): void;
  /** Returns the way to stop. */
  subscribe(topic: string, onHint: (payload: string | null) => void): () => void;
}
