import type { TenantId } from "@casaforte/kernel";
import { listDevices } from "@casaforte/modules/devices";
import { policyOfDevice } from "@casaforte/modules/policies";
import { listSpaces, thresholdTimes } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { dueNotices, type NoticeState } from "./due-notices.ts";
import { noticeText } from "./notice-texts.ts";
import type { BackupServices } from "./services.ts";
import { insertNotice } from "./store-notices.ts";
import { selectOpenAlarms } from "./store-retention.ts";

/** How the customer's administrators are reached. */
export interface NoticeRoad {
  /** Who is written to, each in their language. */
  administrators(tx: TenantTx): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]>;
  /** Promises a mail in this transaction. */
  send(
    tx: TenantTx,
    mail: { readonly to: string; readonly subject: string; readonly text: string; readonly language: "it" | "en" },
  ): Promise<void>;
}

async function stateOf(tx: TenantTx, nowMs: number): Promise<NoticeState> {
  const devices: NoticeState["devices"][number][] = [];
  for (const device of await listDevices(tx)) devices.push({ ...device, policy: await policyOfDevice(tx, device.id) });
  const times = await thresholdTimes(tx);
  const spaces = (await listSpaces(tx)).map((space) => ({ ...space, thresholdAt: times.get(space.id) ?? null }));
  return { devices, spaces, alarms: await selectOpenAlarms(tx, null), nowMs };
}

/** Writes to one customer's administrators of what is due and was not written of yet. Returns how many matters. */
export async function sendNotices(
  { db, clock }: Pick<BackupServices, "db" | "clock">,
  road: NoticeRoad,
  tenantId: TenantId,
): Promise<number> {
  const nowMs = clock.nowMs();
  return db.tenant(tenantId, async (tx) => {
    let count = 0;
    for (const notice of dueNotices(await stateOf(tx, nowMs))) {
      if (!(await insertNotice(tx, notice, new Date(nowMs)))) continue;
      count++;
      for (const { login: to, language } of await road.administrators(tx))
        await road.send(tx, { to, language, ...noticeText(notice, language) });
    }
    return count;
  });
}
