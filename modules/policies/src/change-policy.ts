import { type PolicySettings, policyLimits } from "@casaforte/contract/policies";
import { type Actor, type DeviceId, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { listDevices } from "@casaforte/modules/devices";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import type { Policy, PolicyId } from "./policy.ts";
import { assertSchedule } from "./schedule.ts";
import {
  countPolicies,
  deleteAssignment,
  endPolicy,
  insertPolicy,
  insertVersion,
  lockPolicy,
  selectAssignments,
  selectPolicies,
  updatePolicy,
  upsertAssignment,
} from "./store.ts";

/** Told after the commit; `policy:<device>` makes waiting agents look again. */
export type Hint = (topic: string, payload?: string) => void;

const notFound = () => new Failure("not_found", "policies.not_found", "there is no such policy");
const madeBy = (actor: Actor) => (actor.kind === "user" || actor.kind === "operator" ? actor.principalId : actor.kind);
const nameTaken = (error: unknown) =>
  isViolation(error, "policies_policies_name")
    ? new Failure("conflict", "policies.name_taken", "another policy has this name", { cause: error })
    : error;

/** A policy of this tenant. @throws not_found `policies.not_found`. */
export async function requirePolicy(tx: TenantTx, id: PolicyId): Promise<Policy> {
  const [policy] = await selectPolicies(tx, { id });
  if (!policy) throw notFound();
  return policy;
}

function assertSettings(settings: PolicySettings): void {
  assertSchedule(settings.schedule);
  if (JSON.stringify(settings).length > policyLimits.settingsBytesMax)
    throw new Failure("too_large", "policies.too_large", "the policy is too long", {
      details: { max: policyLimits.settingsBytesMax },
    });
}

export interface PolicyInput {
  readonly id: PolicyId;
  readonly name: string;
  readonly settings: PolicySettings;
  readonly nowMs: number;
}

/** Makes version 1 of a policy. @throws conflict `policies.name_taken`, `policies.too_many`, invalid `policies.schedule`. */
export async function createPolicy(tx: TenantTx, actor: Actor, input: PolicyInput): Promise<void> {
  assertSettings(input.settings);
  if ((await countPolicies(tx)) >= policyLimits.policiesPerTenantMax)
    throw new Failure("conflict", "policies.too_many", "too many policies", {
      details: { max: policyLimits.policiesPerTenantMax },
    });
  const now = new Date(input.nowMs);
  try {
    await insertPolicy(tx, input.id, input.name, now);
  } catch (error) {
    throw nameTaken(error);
  }
  await insertVersion(tx, { policyId: input.id, version: 1, settings: input.settings, madeBy: madeBy(actor) }, now);
  await recordAudit(tx, actor, {
    action: "policies.policy_created",
    object: { kind: "policy", id: input.id },
    details: { name: input.name },
  });
}

/**
 * Makes the next version. `replaces` is the one the person saw.
 * @throws precondition `policies.version_moved`, and as createPolicy.
 */
export async function changePolicy(
  tx: TenantTx,
  actor: Actor,
  input: PolicyInput & { readonly replaces: number },
  hint: Hint,
): Promise<void> {
  assertSettings(input.settings);
  const before = await lockPolicy(tx, input.id);
  if (before === null) throw notFound();
  if (before.version !== input.replaces)
    throw new Failure("precondition", "policies.version_moved", "somebody else has changed the policy", {
      details: { version: before.version },
    });
  const now = new Date(input.nowMs);
  const version = before.version + 1;
  await insertVersion(tx, { policyId: input.id, version, settings: input.settings, madeBy: madeBy(actor) }, now);
  try {
    await updatePolicy(tx, input.id, { name: input.name, version }, now);
  } catch (error) {
    throw nameTaken(error);
  }
  await recordAudit(tx, actor, {
    action: "policies.policy_changed",
    object: { kind: "policy", id: input.id },
    details: { before: before.name, after: input.name, version },
  });
  await tellDevices(tx, await followers(tx, input.id), hint);
}

/** Ends a policy. Its devices follow none then: nothing runs by itself, and everything stored stays. */
export async function deletePolicy(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: PolicyId; readonly nowMs: number },
  hint: Hint,
): Promise<void> {
  const before = await lockPolicy(tx, input.id);
  if (before === null) throw notFound();
  const devices = await followers(tx, input.id);
  for (const deviceId of devices) await deleteAssignment(tx, deviceId);
  await endPolicy(tx, input.id, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    action: "policies.policy_deleted",
    object: { kind: "policy", id: input.id },
    details: { name: before.name, devices: devices.length },
  });
  await tellDevices(tx, devices, hint);
}

/** Lets exactly these devices follow a policy. @throws not_found `policies.not_found`, `devices.not_found`. */
export async function assignPolicy(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: PolicyId; readonly deviceIds: readonly DeviceId[]; readonly nowMs: number },
  hint: Hint,
): Promise<void> {
  const policy = await lockPolicy(tx, input.id);
  if (policy === null) throw notFound();
  const wanted = new Set(input.deviceIds);
  const known = new Set((await listDevices(tx)).map((device) => device.id));
  if ([...wanted].some((id) => !known.has(id)))
    throw new Failure("not_found", "devices.not_found", "there is no such device");
  const before = new Set(await followers(tx, input.id));
  const gone = [...before].filter((id) => !wanted.has(id));
  const come = [...wanted].filter((id) => !before.has(id));
  for (const deviceId of gone) await deleteAssignment(tx, deviceId);
  for (const deviceId of come) await upsertAssignment(tx, deviceId, input.id, new Date(input.nowMs));
  if (gone.length + come.length === 0) return;
  await recordAudit(tx, actor, {
    action: "policies.policy_assigned",
    object: { kind: "policy", id: input.id },
    details: { name: policy.name, added: come.join(" "), removed: gone.join(" ") },
  });
  await tellDevices(tx, [...gone, ...come], hint);
}

async function followers(tx: TenantTx, policyId: PolicyId): Promise<DeviceId[]> {
  return (await selectAssignments(tx, { policyId })).map((assignment) => assignment.deviceId);
}

async function tellDevices(tx: TenantTx, devices: readonly DeviceId[], hint: Hint): Promise<void> {
  tx.afterCommit(() => {
    for (const deviceId of devices) {
      hint(`policy:${deviceId}`);
      hint(`devices:${tx.tenantId}`, deviceId);
    }
  });
}
