import { policySettingsSchema } from "@casaforte/contract/policies";
import { type Clock, Failure } from "@casaforte/kernel";
import {
  type DevicePolicyReply,
  devicePolicyReply,
  type PolicyAcknowledgement,
  type VaultClient,
} from "@casaforte/vault";
import { z } from "zod";
import type { AgentHome } from "../state/home.ts";
import { askAgainMs } from "./limits.ts";

/** Where the daemon's orders come from. */
export interface PolicyFeed {
  /** What was known last, for a start without the vault; null at the very first. */
  kept(): DevicePolicyReply | null;
  /** Resolves whenever there is another. @throws unauthenticated `vault.token_invalid`, the signal's reason. */
  next(signal: AbortSignal): Promise<DevicePolicyReply>;
  acknowledge(input: PolicyAcknowledgement, signal: AbortSignal): Promise<void>;
}

const keptFile = "policy.json";
const waitSeconds = 50;

/** Orders from the vault: a request waits there until they change. The last ones are kept for times without a line. */
export function vaultPolicyFeed(vault: VaultClient, home: AgentHome, clock: Clock): PolicyFeed {
  let known: string | undefined;
  let unwritten: DevicePolicyReply | null = null;
  const keep = (reply: DevicePolicyReply) => {
    unwritten = reply;
    try {
      home.writeJson(keptFile, reply);
      unwritten = null;
    } catch {
      // What is ordered holds all the same: a full disk must not keep the daemon at the orders before, nor from asking.
    }
  };
  return {
    kept() {
      const found = home.readKept(keptFile, devicePolicyReply);
      // A wish to run now is an hour's wish, not one for after a reboot.
      return found && { ...found, runRequest: null };
    },
    async next(signal) {
      for (;;) {
        if (unwritten !== null) keep(unwritten);
        try {
          const standing = await vault.policy(known === undefined ? { signal } : { known, waitSeconds, signal });
          if (standing === null) continue;
          known = standing.etag;
          keep(standing.reply);
          return standing.reply;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof Failure && error.kind === "unauthenticated") throw error;
          await clock.sleep(askAgainMs, signal);
        }
      }
    },
    acknowledge: (input, signal) => vault.acknowledgePolicy(input, { signal }),
  };
}

const localPolicy = z.strictObject({ name: z.string().min(1).max(100), settings: policySettingsSchema });

/** Orders from a file of the machine, in the shape that the vault sends: `{ "name": …, "settings": … }`. */
export function filePolicyFeed(text: string): PolicyFeed {
  const found = localPolicy.safeParse(readJson(text));
  if (!found.success) {
    const [issue] = found.error.issues;
    const where = issue === undefined ? "" : `${issue.path.join(".")}: ${issue.message}`;
    throw new Failure("invalid", "agent.usage", `the policy file is not valid: ${where}`);
  }
  const policyId = "00000000-0000-7000-8000-000000000000";
  const reply: DevicePolicyReply = { policy: { policyId, version: 1, ...found.data }, runRequest: null };
  return {
    kept: () => reply,
    next: (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    acknowledge: () => Promise.resolve(),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure("invalid", "agent.usage", `the policy file is no JSON: ${String(error)}`);
  }
}
