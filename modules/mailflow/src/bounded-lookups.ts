import type { Clock } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";
import type { AuthResolver } from "./services.ts";

/** As Node says it of a server that does not answer: the checks call it a passing trouble. */
const noAnswer = () => Object.assign(new Error("the DNS does not answer in time"), { code: "ETIMEOUT" });

/**
 * The look-ups of the checks of one message, each name asked for once. Whoever sends a message chooses most of the names: each
 * has little time, and so have all of them together, and there are not many. `policyNames`, which the domain in From
 * has, have time of their own: no name of another's can keep them from being asked for. When `signal` fires all look-ups end.
 */
export function boundedLookups(
  resolver: AuthResolver,
  clock: Clock,
  { policyNames, signal }: { readonly policyNames: ReadonlySet<string>; readonly signal: AbortSignal },
): AuthResolver {
  const known = new Map<string, ReturnType<AuthResolver>>();
  const endMs = clock.nowMs() + mailflowLimits.namesMsMax;
  let names = 0;
  const ask = (name: string, type: string): ReturnType<AuthResolver> => {
    if (signal.aborted) return Promise.reject(noAnswer());
    if (type === "TXT" && policyNames.has(name.toLowerCase()))
      return inTime(clock, mailflowLimits.lookupMsMax, signal, resolver(name, type));
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0 || names >= mailflowLimits.namesMax) return Promise.reject(noAnswer());
    names += 1;
    return inTime(clock, Math.min(leftMs, mailflowLimits.lookupMsMax), signal, resolver(name, type));
  };
  return (name, type) => {
    const key = `${type} ${name.toLowerCase()}`;
    const answer = known.get(key) ?? ask(name, type);
    known.set(key, answer);
    return answer;
  };
}

async function inTime<T>(clock: Clock, ms: number, signal: AbortSignal, asked: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const waited = clock.sleep(ms, AbortSignal.any([answered.signal, signal])).then(
    () => Promise.reject(noAnswer()),
    () => Promise.reject(noAnswer()),
  );
  waited.catch(() => {});
  asked.catch(() => {});
  try {
    return await Promise.race([asked, waited]);
  } finally {
    answered.abort();
  }
}
