// RFC 8621 §7.5: onSuccessUpdateEmail, onSuccessDestroyEmail
import { Failure } from "@casaforte/kernel";
import type { Fields } from "../arguments.ts";
import type { Filing, Outcome } from "../backend.ts";
import { type Answer, type Call, errorTold, SetResult } from "../method.ts";
import { type ErrorObject, JmapError } from "../method-error.ts";
import type { States } from "../state-chain.ts";
import { readPatch, setEmails } from "./email-set.ts";

/** What is to become of the emails of submissions that succeed, and what became of them. */
export class Filings {
  readonly #call: Call;
  readonly #update: ReadonlyMap<string, Fields>;
  readonly #destroy: readonly string[];
  readonly #emailOf = new Map<string, string>();
  /** What the store did together with a submission. */
  readonly #result: SetResult;
  readonly #filed = new Set<string>();

  constructor(
    call: Call,
    wishes: { readonly update: readonly (readonly [string, Fields])[]; readonly destroy: readonly string[] },
  ) {
    this.#call = call;
    this.#update = new Map(wishes.update);
    this.#destroy = wishes.destroy;
    this.#result = new SetResult(call);
  }

  /** What the store may do together with the submission; what cannot be read is refused when the rest is done. */
  of(key: string): Filing | undefined {
    const patch = this.#update.get(key);
    if (patch === undefined || this.#destroy.includes(key)) return undefined;
    try {
      return readPatch(this.#call, patch);
    } catch (error) {
      if (error instanceof JmapError) return undefined;
      throw error;
    }
  }

  /** The submission succeeded. */
  done(key: string, emailId: string, filed?: Outcome): void {
    this.#emailOf.set(key, emailId);
    if (filed === undefined) return;
    this.#filed.add(key);
    if (filed === null) this.#result.updated[emailId] = null;
    else this.#result.refuse("notUpdated", emailId, filed);
  }

  /**
   * Does what is still to do, and tells of all; `states` are those around the submissions. It throws nothing, bugs neither: the
   * submissions are made, and whoever hears nothing of them makes them again.
   */
  async rest(accountId: string, states: States): Promise<readonly Answer[]> {
    const update: Record<string, Fields> = {};
    for (const [key, patch] of this.#update) {
      const emailId = this.#emailOf.get(key);
      if (emailId !== undefined && !this.#filed.has(key)) update[emailId] = patch;
    }
    const destroy = this.#destroy.flatMap((key) => this.#emailOf.get(key) ?? []);
    if (Object.keys(update).length > 0 || destroy.length > 0) {
      try {
        return await setEmails({ ...this.#call, args: { accountId, update, destroy } }, this.#result);
      } catch (error) {
        this.#refuseRest(Object.keys(update), destroy, error);
        return [["Email/set", this.#result.answer(accountId, states)]];
      }
    }
    return this.#filed.size === 0 ? [] : [["Email/set", this.#result.answer(accountId, states)]];
  }

  /** What nothing is known of when the whole failed. */
  #refuseRest(update: readonly string[], destroy: readonly string[], error: unknown): void {
    const { updated, notUpdated, destroyed, notDestroyed } = this.#result;
    const told = { ...this.#told(error) };
    for (const id of update) if (!Object.hasOwn(updated, id) && !Object.hasOwn(notUpdated, id)) notUpdated[id] = told;
    for (const id of destroy) if (!destroyed.includes(id) && !Object.hasOwn(notDestroyed, id)) notDestroyed[id] = told;
  }

  #told(error: unknown): ErrorObject {
    if (error instanceof Failure || error instanceof JmapError) return errorTold(this.#call, error, true);
    this.#call.logger.error("jmap.server_fail", error);
    return { type: "serverFail", description: "it could not be done" };
  }
}
