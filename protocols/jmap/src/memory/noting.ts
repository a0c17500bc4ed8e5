import type { AccountStore } from "../backend.ts";
import type { StateChain } from "../state-chain.ts";

const changing: ReadonlySet<string | symbol> = new Set([
  "createMailbox",
  "updateMailbox",
  "destroyMailbox",
  "changeEmails",
  "destroyEmails",
  "createEmail",
  "updateIdentity",
  "submit",
  "cancelSubmission",
  "destroySubmission",
  "setVacation",
] satisfies readonly (keyof AccountStore)[]);

/** An account whose changes are made before they first wait: the states around each are its own. */
export function noting(account: AccountStore, chain: StateChain, stateNow: () => string): AccountStore {
  return new Proxy(account, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (!changing.has(name)) return member.bind(target);
      return async (...args: readonly unknown[]) => {
        const before = stateNow();
        chain.enter(before);
        const done: unknown = Reflect.apply(member, target, args);
        const after = stateNow();
        const result = await done;
        chain.note(before, after);
        return result;
      };
    },
  });
}
