import { type Actor, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import { automaticTexts } from "./notice-mail.ts";
import type { NoticeServices, PartCheck } from "./services.ts";
import { hasWordOfPerson, selectNotice } from "./store.ts";
import { closeFault, insertFault, selectOpenFaults, setFaultNotice } from "./store-faults.ts";
import type { Fault, FaultId } from "./types.ts";
import { openNotice, updateTheNotice } from "./write-notice.ts";

const program: Actor = { kind: "system", name: "notices" };

/**
 * Notes parts that stopped answering and parts that are back. A fault that lasts longer than usual becomes an incident, with
 * no person in between: the customer is told within a minute (R23, R24).
 */
export async function settleChecks(
  tx: OperatorTx,
  checks: readonly PartCheck[],
  services: NoticeServices,
): Promise<void> {
  const { clock, random } = services;
  const nowMs = clock.nowMs();
  const open = await selectOpenFaults(tx);
  for (const check of checks) {
    const fault = open.find(({ checkKey }) => checkKey === check.key);
    if (check.isWell && fault) await end(tx, fault, services);
    if (!check.isWell && !fault) {
      const id = newId<FaultId>(clock, random);
      const { key: checkKey, service, siteId, hostId } = check;
      const usualMs = noticeLimits.usualMs[service];
      const rest = { acknowledgedAt: null, startedAt: null, replacedAt: null, closedAt: null, noticeId: null };
      await insertFault(tx, { id, checkKey, service, siteId, hostId, usualMs, detectedAt: new Date(nowMs), ...rest });
      await recordAudit(tx, program, {
        action: "notices.fault_detected",
        object: { kind: "fault", id },
        details: { check: checkKey },
      });
    }
    if (!check.isWell && fault && fault.noticeId === null && nowMs - fault.detectedAt.getTime() >= fault.usualMs)
      await raise(tx, fault, services);
  }
}

async function raise(tx: OperatorTx, fault: Fault, services: NoticeServices): Promise<void> {
  const { service, siteId, hostId } = fault;
  const site = services.sites.find(({ id }) => id === siteId)?.name ?? null;
  const noticeId = await openNotice(
    tx,
    program,
    {
      kind: "incident",
      severity: "major",
      services: [service],
      siteId,
      hostId,
      planned: null,
      beganAt: fault.detectedAt,
      ...automaticTexts(service, site),
    },
    services,
  );
  await setFaultNotice(tx, fault.id, noticeId);
}

async function end(tx: OperatorTx, fault: Fault, services: NoticeServices): Promise<void> {
  await closeFault(tx, fault.id, new Date(services.clock.nowMs()));
  await recordAudit(tx, program, {
    action: "notices.fault_closed",
    object: { kind: "fault", id: fault.id },
    details: { check: fault.checkKey },
  });
  if (fault.noticeId === null) return;
  const notice = await selectNotice(tx, fault.noticeId, true);
  // A person has taken it over, be it only with a word: a person says when it is over.
  if (notice === null || notice.state !== "investigating" || (await hasWordOfPerson(tx, notice.id))) return;
  await updateTheNotice(
    tx,
    program,
    {
      id: notice.id,
      state: "resolved",
      isReport: false,
      textIt: "Il servizio risponde di nuovo. Causa e rimedi seguiranno qui.",
      textEn: "The service answers again. Cause and remedies will follow here.",
    },
    services,
  );
}
