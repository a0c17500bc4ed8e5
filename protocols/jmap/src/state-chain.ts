import { Failure } from "@casaforte/kernel";
import { JmapError } from "./method-error.ts";

export interface States {
  /** Null: no state is known that leads to `newState` by the method's changes alone, as where others changed something between. */
  readonly oldState: string | null;
  readonly newState: string;
}

/**
 * The states around the changes of one method (RFC 8620 §5.3), each read in the transaction of its change. A client that holds
 * `oldState` and goes on from `newState` has missed nothing.
 */
export class StateChain {
  readonly #ifInState: string | null;
  #states: States | null = null;
  #seen: string | null = null;

  constructor(ifInState: string | null) {
    this.#ifInState = ifInState;
  }

  /** Before a change, where nobody else can make one until it is done. @throws JmapError `stateMismatch`. */
  enter(before: string): void {
    if (this.#states === null) this.check(before);
  }

  /** The first change must be made of one state alone: of two who ask for the same one may make theirs. */
  get isBound(): boolean {
    return this.#ifInState !== null && this.#states === null;
  }

  /** @throws JmapError `stateMismatch`. */
  check(state: string): void {
    this.#seen = state;
    if (this.#ifInState !== null && this.#ifInState !== state)
      throw new JmapError("stateMismatch", "the state has moved on");
  }

  /** A change that lasts. */
  note(before: string, after: string): void {
    const earlier = this.#states ?? { oldState: before, newState: before };
    this.#states = { oldState: earlier.newState === before ? earlier.oldState : null, newState: after };
  }

  /**
   * Without any change both are the account's state now. Where nobody can say it, the last that was seen: whoever goes on from
   * an older state misses nothing. @throws Failure where none was seen.
   */
  async states(account: { state(): Promise<string> }): Promise<States> {
    if (this.#states !== null) return this.#states;
    try {
      const state = await account.state();
      return { oldState: state, newState: state };
    } catch (error) {
      if (this.#seen === null || !(error instanceof Failure)) throw error;
      return { oldState: null, newState: this.#seen };
    }
  }
}
