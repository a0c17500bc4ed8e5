import { type Actor, type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { Device } from "./device.ts";
import { endDevice, endRestoreTokens, lockActiveDevice, noteKeyProved, renameDevice, selectDevice } from "./store.ts";

/** @throws not_found `devices.not_found`, also when it was deleted. */
export async function requireDevice(tx: TenantTx, id: DeviceId, lock = false): Promise<Device> {
  const device = await selectDevice(tx, id, lock);
  if (device === null || device.state === "deleted")
    throw new Failure("not_found", "devices.not_found", "there is no such device");
  return device;
}

/** First thing of every writing vault transaction: a revocation is exact, whatever a cache believes. @throws unauthenticated `vault.token_invalid`. */
export async function requireActiveDevice(tx: TenantTx, id: DeviceId): Promise<void> {
  if (!(await lockActiveDevice(tx, id)))
    throw new Failure("unauthenticated", "vault.token_invalid", "the device is revoked");
}

/** Gives a device another name in the console. */
export async function changeDeviceName(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: DeviceId; readonly name: string },
): Promise<void> {
  const before = await requireDevice(tx, input.id, true);
  await renameDevice(tx, input.id, input.name);
  await recordAudit(tx, actor, {
    action: "devices.device_renamed",
    object: { kind: "device", id: input.id },
    details: { before: before.name, after: input.name },
  });
}

/**
 * Notes that somebody opened what a device keeps with its backup password. The key never comes here: the person's own page
 * tried it and says so, for the person's own sake.
 */
export async function proveKey(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: DeviceId; readonly nowMs: number },
): Promise<void> {
  await requireDevice(tx, input.id);
  await noteKeyProved(tx, input.id, new Date(input.nowMs));
  await recordAudit(tx, actor, { action: "devices.key_proved", object: { kind: "device", id: input.id } });
}

/**
 * Takes a device's token away at once; its restore points stay and can be restored with a restore token. A revoked
 * device never comes back: the machine enrols anew, with a new storage key and a new full. `hint` is told after the
 * commit, so that every process forgets the token.
 */
export async function revokeDevice(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: DeviceId; readonly nowMs: number },
  hint: (topic: string, payload?: string) => void,
): Promise<void> {
  const device = await requireDevice(tx, input.id, true);
  if (device.state === "revoked") return;
  await endDevice(tx, input.id, "revoked", new Date(input.nowMs));
  await recordAudit(tx, actor, { action: "devices.device_revoked", object: { kind: "device", id: input.id } });
  tx.afterCommit(() => tellChanged(tx, input.id, hint));
}

/**
 * Removes a device from the console, with every token it has. Its contents must be gone before.
 * @throws invalid `devices.confirmation` unless the name was typed.
 */
export async function deleteDevice(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: DeviceId; readonly confirmation: string; readonly nowMs: number },
  hint: (topic: string, payload?: string) => void,
): Promise<void> {
  const device = await requireDevice(tx, input.id, true);
  if (input.confirmation !== device.name)
    throw new Failure("invalid", "devices.confirmation", "type the name of the device to delete it");
  await endDevice(tx, input.id, "deleted", new Date(input.nowMs));
  await endRestoreTokens(tx, input.id, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    action: "devices.device_deleted",
    object: { kind: "device", id: input.id },
    details: { name: device.name },
  });
  tx.afterCommit(() => tellChanged(tx, input.id, hint));
}

/** Topics: `device:<id>` ends cached tokens, `devices:<tenant>` makes consoles read again. */
function tellChanged(tx: TenantTx, id: DeviceId, hint: (topic: string, payload?: string) => void): void {
  hint(`device:${id}`);
  hint(`devices:${tx.tenantId}`, id);
}
