import { type Actor, type DeviceId, Failure, type SpaceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { requireSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import type { Device, DeviceKind } from "./device.ts";
import { devicesLimits } from "./limits.ts";
import {
  countDevices,
  countOpenEnrolments,
  deleteOldTokens,
  insertDevice,
  insertEnrolment,
  lockEnrolment,
  useEnrolment,
} from "./store.ts";
import { hashToken } from "./token.ts";

export interface PrepareEnrolmentInput {
  readonly id: string;
  readonly spaceId: SpaceId;
  readonly kind: DeviceKind;
  readonly name: string | null;
  /** Of a fresh token: `makeToken("enrol", random).hash`. */
  readonly tokenHash: Buffer;
  readonly nowMs: number;
}

/**
 * Lets one machine enrol in a space within the hour. Returns when the token dies.
 * @throws not_found `spaces.not_found`, forbidden `vault.space_suspended`, conflict `devices.too_many`.
 */
export async function prepareEnrolment(tx: TenantTx, actor: Actor, input: PrepareEnrolmentInput): Promise<Date> {
  const now = new Date(input.nowMs);
  const space = await requireSpace(tx, input.spaceId);
  if (space.state !== "active") throw new Failure("forbidden", "vault.space_suspended", "the space takes no new data");
  await deleteOldTokens(tx, new Date(input.nowMs - devicesLimits.tokensKeptMs));
  await assertRoomForOne(tx);
  if ((await countOpenEnrolments(tx, now)) >= devicesLimits.enrolmentsOpenMax)
    throw new Failure("conflict", "devices.too_many", "too many enrolments are waiting", {
      details: { max: devicesLimits.enrolmentsOpenMax },
    });
  const expiresAt = new Date(input.nowMs + devicesLimits.enrolmentLifeMs);
  const createdBy = actor.kind === "user" || actor.kind === "operator" ? actor.principalId : actor.kind;
  const { id, spaceId, kind, name } = input;
  await insertEnrolment(tx, { id, spaceId, kind, name, createdBy, expiresAt }, input.tokenHash, now);
  await recordAudit(tx, actor, {
    action: "devices.enrolment_prepared",
    object: { kind: "enrolment", id: input.id },
    details: { space: input.spaceId, kind: input.kind },
  });
  return expiresAt;
}

async function assertRoomForOne(tx: TenantTx): Promise<void> {
  if ((await countDevices(tx)) < devicesLimits.devicesPerTenantMax) return;
  throw new Failure("conflict", "devices.too_many", "too many devices", {
    details: { max: devicesLimits.devicesPerTenantMax },
  });
}

export interface EnrolDeviceInput extends Pick<Device, "name" | "os" | "osVersion" | "hostname" | "agentVersion"> {
  /** The enrolment token as the agent gave it. */
  readonly token: string;
  readonly deviceId: DeviceId;
  /** Of the device's own fresh token. */
  readonly deviceTokenHash: Buffer;
  readonly ip: string;
  readonly nowMs: number;
}

/**
 * Trades an enrolment token for a device, once. `tx` is of the tenant that `devices_tenant_of_enrolment` named.
 * @throws unauthenticated `vault.enrolment_invalid`.
 */
export async function enrolDevice(tx: TenantTx, input: EnrolDeviceInput): Promise<Device["spaceId"]> {
  const now = new Date(input.nowMs);
  const enrolment = await lockEnrolment(tx, hashToken(input.token), now);
  if (enrolment === null) throw enrolmentInvalid();
  const space = await requireSpace(tx, enrolment.spaceId);
  if (space.state !== "active") throw new Failure("forbidden", "vault.space_suspended", "the space takes no new data");
  await assertRoomForOne(tx);
  const { deviceId: id, os, osVersion, hostname, agentVersion } = input;
  const name = enrolment.name ?? input.name;
  const { spaceId, kind } = enrolment;
  await insertDevice(
    tx,
    { id, spaceId, kind, name, os, osVersion, hostname, agentVersion },
    input.deviceTokenHash,
    now,
  );
  await useEnrolment(tx, enrolment.id, id, now);
  await recordAudit(
    tx,
    { kind: "device", tenantId: tx.tenantId, deviceId: id, ip: input.ip },
    {
      action: "devices.device_enrolled",
      object: { kind: "device", id },
      details: { name, os, hostname, agentVersion, space: spaceId, enrolment: enrolment.id },
    },
  );
  return spaceId;
}

export const enrolmentInvalid = () =>
  new Failure("unauthenticated", "vault.enrolment_invalid", "the enrolment token is not valid");
