import type { Clock } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";
import type { AuthResolver } from "./services.ts";

/** As Node says it of a server that does not answer: the checks call it a passing trouble. */
const noAnswer = () => Object.assign(new Error("the DNS does not answer in time"), { code: "ETIMEOUT" });
const noSuchName = () => Object.assign(new Error("there can be no such name"), { code: "ENOTFOUND" });

/** What Node says when the DNS was asked and knew nothing for the moment. */
const passingCodes: readonly unknown[] = ["ESERVFAIL", "EREFUSED", "ETIMEOUT", "ECONNREFUSED"];

interface Bounds {
  readonly policyNames: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly unanswered?: Set<string>;
}

/**
 * The look-ups of the checks of one message, each name asked for once. Whoever sends a message chooses most of the names: each
 * has little time, and so have all of them together, and there are not many. `policyNames`, which the domain in From
 * has, have time of their own: no name of another's can keep them from being asked for. When `signal` fires all look-ups end.
 */
export function boundedLookups(
  resolver: AuthResolver,
  clock: Clock,
  { policyNames, signal, unanswered }: Bounds,
): AuthResolver {
  const known = new Map<string, ReturnType<AuthResolver>>();
  const endMs = clock.nowMs() + mailflowLimits.namesMsMax;
  let names = 0;
  const askFor = async (ms: number, name: string, type: string): ReturnType<AuthResolver> => {
    try {
      return await inTime(clock, ms, signal, resolver(name, type));
    } catch (error) {
      const isPatient = ms >= mailflowLimits.lookupMsMax && !signal.aborted;
      if (isPatient && passingCodes.includes((error as { code?: unknown }).code)) unanswered?.add(name.toLowerCase());
      throw error;
    }
  };
  const ask = (name: string, type: string): ReturnType<AuthResolver> => {
    if (signal.aborted) return Promise.reject(noAnswer());
    if (!canBe(name)) return Promise.reject(noSuchName());
    if (type === "TXT" && policyNames.has(name.toLowerCase()))
      return askFor(mailflowLimits.policyLookupMsMax, name, type);
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0 || names >= mailflowLimits.namesMax) return Promise.reject(noAnswer());
    names += 1;
    return askFor(Math.min(leftMs, mailflowLimits.lookupMsMax), name, type);
  };
  return (name, type) => {
    const key = `${type} ${name.toLowerCase()}`;
    const answer = known.get(key) ?? ask(name, type);
    known.set(key, answer);
    return answer;
  };
}

/** RFC 1035 §2.3.4. Node says of other names that they are bad without asking anybody, which the checks take for a trouble. */
const canBe = (name: string): boolean =>
  name.length <= 254 &&
  name
    .replace(/\.$/, "")
    .split(".")
    .every((label) => label !== "" && label.length <= 63);

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
