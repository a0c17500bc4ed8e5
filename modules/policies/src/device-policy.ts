import { type Actor, type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { type Device, requireDevice } from "@casaforte/modules/devices";
import type { TenantTx } from "@casaforte/platform/db";
import { type Hint, requirePolicy } from "./change-policy.ts";
import { policiesLimits } from "./limits.ts";
import type { PolicyId } from "./policy.ts";
import { deleteAssignment, setPause, upsertAssignment } from "./store.ts";

interface DeviceInput {
  readonly deviceId: DeviceId;
  readonly nowMs: number;
}

const tell = (tx: TenantTx, deviceId: DeviceId, hint: Hint): void =>
  tx.afterCommit(() => {
    hint(`policy:${deviceId}`);
    hint(`devices:${tx.tenantId}`, deviceId);
  });

async function activeDevice(tx: TenantTx, deviceId: DeviceId): Promise<Device> {
  const device = await requireDevice(tx, deviceId);
  if (device.state !== "active") throw new Failure("conflict", "policies.device_revoked", "the device is revoked");
  return device;
}

/**
 * Lets one device follow another policy, or none (C6); a pause goes on under the other.
 * @throws not_found `policies.not_found`, `devices.not_found`; conflict `policies.device_revoked`.
 */
export async function chooseDevicePolicy(
  tx: TenantTx,
  actor: Actor,
  input: DeviceInput & { readonly policyId: PolicyId | null },
  hint: Hint,
): Promise<void> {
  const { deviceId, policyId } = input;
  const device = await activeDevice(tx, deviceId);
  const policy = policyId === null ? null : await requirePolicy(tx, policyId);
  if (policy === null) await deleteAssignment(tx, deviceId);
  else await upsertAssignment(tx, deviceId, policy.id, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    action: "policies.device_policy_chosen",
    object: { kind: "device", id: deviceId },
    details: { name: device.name, policy: policy?.name ?? "" },
  });
  tell(tx, deviceId, hint);
}

/**
 * Holds a device's schedule back until an instant, never for ever, so that nobody forgets it; null goes on at once (C6). What
 * is asked for runs nevertheless, and what was missed is made up for afterwards as the policy says.
 * @throws precondition `policies.none_followed`, invalid `policies.pause`, conflict `policies.device_revoked`.
 */
export async function pauseDevice(
  tx: TenantTx,
  actor: Actor,
  input: DeviceInput & { readonly untilMs: number | null },
  hint: Hint,
): Promise<void> {
  const { deviceId, nowMs, untilMs } = input;
  const device = await activeDevice(tx, deviceId);
  if (untilMs !== null && (untilMs <= nowMs || untilMs > nowMs + policiesLimits.pauseMsMax))
    throw new Failure("invalid", "policies.pause", "a pause ends within 90 days");
  if (!(await setPause(tx, deviceId, untilMs === null ? null : new Date(untilMs))))
    throw new Failure("precondition", "policies.none_followed", "the device follows no policy");
  await recordAudit(tx, actor, {
    action: untilMs === null ? "policies.device_resumed" : "policies.device_paused",
    object: { kind: "device", id: deviceId },
    details: { name: device.name, ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }) },
  });
  tell(tx, deviceId, hint);
}
