import type { SpaceId, TenantId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import type { Device } from "./device.ts";
import { selectDevices, selectTenantOfEnrolment } from "./store.ts";
import { hashToken } from "./token.ts";

/** Devices that are not deleted, oldest first; of one space or of all. */
export const listDevices = (tx: TenantTx, spaceId: SpaceId | null = null): Promise<Device[]> =>
  selectDevices(tx, spaceId);

/** Whose enrolment token this is; null when it is unknown or used. */
export const tenantOfEnrolment = (tx: LookupTx, token: string): Promise<TenantId | null> =>
  selectTenantOfEnrolment(tx, hashToken(token));
