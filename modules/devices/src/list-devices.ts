import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Device, RunResult } from "./device.ts";
import { devicesLimits } from "./limits.ts";
import {
  countMatchingDevices,
  type DeviceFigures,
  type DeviceListQuery,
  type DeviceTrouble,
  selectDayResults,
  selectDeviceFigures,
  selectDevicePage,
  selectDeviceTroubles,
} from "./store-list.ts";

export interface ListedDevice {
  readonly device: Device;
  /** The worst result of each UTC day, oldest first, today last; null without a run. */
  readonly days: readonly (RunResult | null)[];
}

export interface DevicePage {
  readonly devices: readonly ListedDevice[];
  readonly hasMore: boolean;
  readonly total: number;
}

const dayMs = 86_400_000;

/** The last `dayCount` days of devices, by device: whatever their number of runs, as `ListedDevice` has them. */
export async function readDays(
  tx: TenantTx,
  ids: readonly DeviceId[],
  { dayCount, nowMs }: { readonly dayCount: number; readonly nowMs: number },
): Promise<(id: DeviceId) => readonly (RunResult | null)[]> {
  const days = Array.from({ length: dayCount }, (_, index) => {
    const at = nowMs - (dayCount - 1 - index) * dayMs;
    return new Date(at).toISOString().slice(0, 10);
  });
  const results = new Map<string, RunResult>();
  const from = new Date(`${days[0]}T00:00:00Z`);
  if (ids.length > 0)
    for (const row of await selectDayResults(tx, ids, from)) results.set(`${row.deviceId} ${row.day}`, row.result);
  return (id) => days.map((day) => results.get(`${id} ${day}`) ?? null);
}

/** A page of devices by name, each with its last `dayCount` days (R10). */
export async function listDevicePage(
  tx: TenantTx,
  query: Omit<DeviceListQuery, "count"> & { readonly limit: number; readonly dayCount: number; readonly nowMs: number },
): Promise<DevicePage> {
  const asked = { ...query, count: query.limit + 1 };
  const rows = await selectDevicePage(tx, asked);
  const devices = rows.slice(0, query.limit);
  const ids = devices.map((device) => device.id);
  const daysOf = await readDays(tx, ids, query);
  return {
    devices: devices.map((device) => ({ device, days: daysOf(device.id) })),
    hasMore: rows.length > query.limit,
    total: await countMatchingDevices(tx, asked),
  };
}

/** Whether the devices are well, and the first that are not (R10). */
export async function summariseDevices(
  tx: TenantTx,
  nowMs: number,
): Promise<DeviceFigures & { readonly troubles: readonly DeviceTrouble[] }> {
  const before = new Date(nowMs - devicesLimits.protectedMs);
  const figures = await selectDeviceFigures(tx, before, new Date(nowMs - devicesLimits.keyProofMs));
  return { ...figures, troubles: await selectDeviceTroubles(tx, before, devicesLimits.troublesShown) };
}
