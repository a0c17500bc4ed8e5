import { createHmac } from "node:crypto";
import { type PrincipalId, utf8 } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { equalSecrets } from "./secrets.ts";
import { claimTotpStep, selectTotp } from "./store-factors.ts";

/** HOTP value of a counter: RFC 4226 §5.3, HMAC-SHA-1. */
export function hotp(seed: Uint8Array, counter: bigint, digits: number = identityLimits.totpDigits): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(counter);
  const mac = createHmac("sha1", seed).update(message).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 0x0f;
  const value = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(value % 10 ** digits).padStart(digits, "0");
}

/** RFC 6238 §4.2: which thirty-second step a moment lies in. */
export function totpStep(nowMs: number): bigint {
  return BigInt(Math.floor(nowMs / 1000 / identityLimits.totpStepSeconds));
}

/** The step whose code this is, at most one away from now, or null. All candidates are compared. */
export function matchTotp(seed: Uint8Array, code: string, nowMs: number): bigint | null {
  const now = totpStep(nowMs);
  let found: bigint | null = null;
  for (let drift = -identityLimits.totpDriftSteps; drift <= identityLimits.totpDriftSteps; drift++) {
    const step = now + BigInt(drift);
    if (equalSecrets(utf8(hotp(seed, step)), utf8(code))) found = step;
  }
  return found;
}

/** The name under which a seed is sealed, so that it cannot be moved to another person's row. */
export const totpBinding = (tenantId: string, principalId: string): string => `totp ${tenantId} ${principalId}`;

/**
 * True when the code is right and nobody used its step before, also in parallel (ASVS 6.5.1). An enrolment that is not
 * confirmed counts only for its own confirmation.
 */
export async function useTotpCode(
  ctx: IdentityContext,
  tx: TenantTx,
  principalId: PrincipalId,
  code: string,
  state: "confirmed" | "enrolling",
): Promise<boolean> {
  const row = await selectTotp(tx, principalId);
  if (row === null || (row.confirmedAt === null) !== (state === "enrolling")) return false;
  const seed = ctx.keys.unseal(row.sealedSeed, totpBinding(tx.tenantId, principalId));
  const step = matchTotp(seed, code.replace(/\s/g, ""), ctx.clock.nowMs());
  return step !== null && (await claimTotpStep(tx, principalId, step));
}
