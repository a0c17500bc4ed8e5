import type { texts } from "./texts-it.ts";

type ReasonKey = Extract<keyof typeof texts, `reason.${string}`>;

/** By the agent's code, or by what it begins with; the first that fits. Exact codes stand before their families. */
const reasons: readonly (readonly [code: string, key: ReasonKey])[] = [
  ["vault.over_quota", "reason.quota"],
  ["vault.store_full", "reason.store"],
  ["vault.space_suspended", "reason.suspended"],
  ["vault.token_invalid", "reason.revoked"],
  ["vault.parent_moved", "reason.two"],
  ["vault.cancelled", "reason.interrupted"],
  ["vault.", "reason.vault"],
  ["agent.interrupted", "reason.interrupted"],
  ["agent.running", "reason.running"],
  ["agent.disk_full", "reason.disk"],
  ["agent.state_full", "reason.disk"],
  ["agent.not_enrolled", "reason.revoked"],
  ["agent.key_outdated", "reason.key"],
  ["agent.no_keyring", "reason.key"],
  ["policy.no_key", "reason.key"],
  ["seal.", "reason.key"],
  ["source.missing", "reason.missing"],
  ["source.unreadable", "reason.unreadable"],
  ["source.no_snapshot", "reason.snapshot"],
  ["source.device", "reason.device"],
  ["source.command_failed", "reason.command"],
  ["hook.", "reason.hook"],
  ["verify.damaged", "reason.damaged"],
  ["agent.damaged", "reason.damaged"],
  ["agent.chain", "reason.damaged"],
  ["arena.", "reason.damaged"],
  ["vbk.", "reason.damaged"],
  ["vbm.", "reason.damaged"],
];

/** Why a run failed, as a sentence with the next step. Agents are of many versions: an unknown code has one of its own. */
export const runReason = (code: string): ReasonKey =>
  reasons.find(([known]) => code === known || (known.endsWith(".") && code.startsWith(known)))?.[1] ?? "reason.other";
