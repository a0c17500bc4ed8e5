import { type Actor, type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { requireDevice } from "./change-device.ts";
import { devicesLimits } from "./limits.ts";
import { countOpenRestoreTokens, insertRestoreToken } from "./store.ts";

export interface MakeRestoreTokenInput {
  readonly id: string;
  readonly deviceId: DeviceId;
  readonly hours: number;
  /** Of a fresh token: `makeToken("restore", random).hash`. */
  readonly tokenHash: Buffer;
  readonly nowMs: number;
}

/**
 * A read-only token for one device's chains, also of a revoked device: with the vault's address and the password it is
 * enough to restore on any machine. Returns when it dies. @throws conflict `devices.too_many`.
 */
export async function makeRestoreToken(tx: TenantTx, actor: Actor, input: MakeRestoreTokenInput): Promise<Date> {
  const now = new Date(input.nowMs);
  await requireDevice(tx, input.deviceId);
  if ((await countOpenRestoreTokens(tx, input.deviceId, now)) >= devicesLimits.restoreTokensOpenMax)
    throw new Failure("conflict", "devices.too_many", "too many restore tokens are open", {
      details: { max: devicesLimits.restoreTokensOpenMax },
    });
  const hours = Math.min(input.hours, devicesLimits.restoreTokenHoursMax);
  const expiresAt = new Date(input.nowMs + hours * 3_600_000);
  const createdBy = actor.kind === "user" || actor.kind === "operator" ? actor.principalId : actor.kind;
  await insertRestoreToken(tx, { id: input.id, deviceId: input.deviceId, createdBy, expiresAt }, input.tokenHash, now);
  await recordAudit(tx, actor, {
    action: "devices.restore_token_made",
    object: { kind: "device", id: input.deviceId },
    details: { token: input.id, expiresAt: expiresAt.toISOString() },
  });
  return expiresAt;
}
