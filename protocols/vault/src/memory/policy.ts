import type { Clock } from "@casaforte/kernel";
import type { DevicePolicyReply, PolicyAcknowledgement, StandingPolicy } from "../policy-contract.ts";
import { dayMs } from "./replies.ts";
import { type MemoryPolicy, notFound } from "./state.ts";

/** Replaces what stands and wakes whoever waits. */
export function changePolicy(held: MemoryPolicy, reply: DevicePolicyReply): void {
  held.reply = reply;
  held.generation++;
  for (const wake of [...held.waiting]) wake();
}

export async function standingPolicy(
  held: MemoryPolicy,
  asked: {
    readonly known: string | null;
    readonly waitMs: number;
    readonly signal: AbortSignal;
    readonly clock: Clock;
  },
): Promise<StandingPolicy | null> {
  if (String(held.generation) === asked.known && asked.waitMs > 0) {
    const done = new AbortController();
    const wake = () => done.abort();
    held.waiting.add(wake);
    try {
      await asked.clock.sleep(asked.waitMs, AbortSignal.any([done.signal, asked.signal]));
    } catch (error) {
      if (!done.signal.aborted) throw error;
    } finally {
      held.waiting.delete(wake);
    }
  }
  const { runRequest } = held.reply;
  if (runRequest !== null && asked.clock.nowMs() - Date.parse(runRequest.at) >= dayMs)
    changePolicy(held, { ...held.reply, runRequest: null });
  const etag = String(held.generation);
  return etag === asked.known ? null : { etag, reply: held.reply };
}

export function acknowledgePolicy(held: MemoryPolicy, input: PolicyAcknowledgement): void {
  const { policy, runRequest } = held.reply;
  if (input.policy !== null && input.policy.policyId !== policy?.policyId) throw notFound();
  held.acknowledgements.push(input);
  if (input.takenRequestId !== null && input.takenRequestId === runRequest?.requestId)
    changePolicy(held, { ...held.reply, runRequest: null });
}
