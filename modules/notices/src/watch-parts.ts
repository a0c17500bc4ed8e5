import { type Actor, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import { automaticTexts, wideningTexts } from "./notice-mail.ts";
import type { NoticeServices, PartCheck } from "./services.ts";
import { hasWordOfPerson, selectRaisedIncidents } from "./store.ts";
import { closeFault, insertFault, selectOpenFaults, setFaultNotice } from "./store-faults.ts";
import type { Fault, FaultId, Notice, NoticeId } from "./types.ts";
import { openNotice, updateTheNotice } from "./write-notice.ts";

type RaisedIncident = Notice & { readonly hasOpenFault: boolean };

const program: Actor = { kind: "system", name: "notices" };

/**
 * Notes parts that stopped answering and parts that are back. A fault that lasts longer than usual becomes an incident, with
 * no person in between: the customer is told within a minute (R23, R24). Where every storage server of a site is away, the
 * site has one incident, and each customer there one notice.
 */
export async function settleChecks(
  tx: OperatorTx,
  checks: readonly PartCheck[],
  services: NoticeServices,
): Promise<void> {
  const { clock, random } = services;
  const nowMs = clock.nowMs();
  const before = await selectOpenFaults(tx);
  for (const check of checks) {
    const fault = before.find(({ checkKey }) => checkKey === check.key);
    if (check.isWell && fault) {
      await closeFault(tx, fault.id, new Date(nowMs));
      await recordAudit(tx, program, {
        action: "notices.fault_closed",
        object: { kind: "fault", id: fault.id },
        details: { check: fault.checkKey },
      });
    }
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
  }
  const away = checks.filter(({ isWell }) => !isWell);
  const open = await selectOpenFaults(tx);
  await endIncidents(tx, open, services);
  const told = new Set<FaultId>();
  for (const fault of open) {
    const isDue = fault.noticeId === null && nowMs - fault.detectedAt.getTime() >= fault.usualMs;
    if (!isDue || told.has(fault.id) || !away.some(({ key }) => key === fault.checkKey)) continue;
    const together = togetherWith(fault, open, away);
    const noticeId = await noticeOf(tx, fault, together, services);
    for (const { id, noticeId: own } of together) {
      if (own === null) await setFaultNotice(tx, id, noticeId);
      told.add(id);
    }
  }
}

/** The faults of all storage servers of its site, the longest first, where none of them answers; otherwise the fault alone. */
function togetherWith(fault: Fault, open: readonly Fault[], away: readonly PartCheck[]): readonly Fault[] {
  if (fault.hostId === null) return [fault];
  const hosts = away.filter(({ hostId, siteId }) => hostId !== null && siteId === fault.siteId);
  if (hosts.length < 2 || hosts.some(({ hostsOfSite }) => hostsOfSite !== hosts.length)) return [fault];
  return open.filter(({ checkKey }) => hosts.some(({ key }) => key === checkKey));
}

/**
 * The incident of a fault, in which all whom it concerns are told of it: a new one, or where no storage server of the site
 * answers any more the one that lasts there, with a word. A site's disk that was away when its site's incident was opened is
 * in that one without.
 */
async function noticeOf(
  tx: OperatorTx,
  fault: Fault,
  together: readonly Fault[],
  services: NoticeServices,
): Promise<NoticeId> {
  const { service, siteId, detectedAt } = fault;
  const isOfSite = together.length > 1;
  const near = (await selectRaisedIncidents(tx)).filter(
    (notice) => siteId !== null && notice.siteId === siteId && notice.services.includes(service),
  );
  const ofSite = near.filter(({ hostId }) => hostId === null);
  const begunSince = ofSite.find(({ openedAt }) => openedAt >= detectedAt);
  if (fault.hostId === null && begunSince) return begunSince.id;
  const lasting = isOfSite ? await lastingAt(tx, ofSite, near) : undefined;
  if (lasting) {
    const { id, state } = lasting;
    await updateTheNotice(tx, program, { id, state, isReport: false, isOfSite: true, ...wideningTexts }, services);
    return id;
  }
  return openNotice(
    tx,
    program,
    {
      kind: "incident",
      severity: "major",
      services: [service],
      siteId,
      hostId: isOfSite ? null : fault.hostId,
      planned: null,
      beganAt: detectedAt,
      ...automaticTexts(service, services.sites.find(({ id }) => id === siteId)?.name ?? null),
    },
    services,
  );
}

/** Of a site's incidents the one that its outage belongs to: not one that only waits for a person's last word. */
async function lastingAt(
  tx: OperatorTx,
  ofSite: readonly RaisedIncident[],
  near: readonly RaisedIncident[],
): Promise<RaisedIncident | undefined> {
  const away = ofSite.find(({ hasOpenFault }) => hasOpenFault);
  if (away) return away;
  for (const notice of ofSite) if (!(await isOfPerson(tx, notice))) return notice;
  return near.find(({ hasOpenFault }) => hasOpenFault);
}

/** A person has taken it over, be it only with a word: a person says when it is over. */
const isOfPerson = async (tx: OperatorTx, { id, state }: RaisedIncident): Promise<boolean> =>
  state !== "investigating" || (await hasWordOfPerson(tx, id));

/**
 * Ends the incidents that are over, so that nobody reads of an answer while his part is away: a site's waits for every part
 * there, one of a storage server for that server and the site's disk. A part whose incident a person has closed is waited for
 * by none.
 */
async function endIncidents(tx: OperatorTx, open: readonly Fault[], services: NoticeServices): Promise<void> {
  const incidents = await selectRaisedIncidents(tx);
  const living = open.filter(({ noticeId }) => noticeId === null || incidents.some(({ id }) => id === noticeId));
  for (const incident of incidents) {
    const { id, siteId, hostId, services: kinds, hasOpenFault } = incident;
    const isHeld = living.some(
      (fault) => fault.siteId === siteId && kinds.includes(fault.service) && (hostId === null || fault.hostId === null),
    );
    if (hasOpenFault || (siteId !== null && isHeld)) continue;
    if (await isOfPerson(tx, incident)) continue;
    await updateTheNotice(
      tx,
      program,
      {
        id,
        state: "resolved",
        isReport: false,
        textIt: "Il servizio risponde di nuovo. Causa e rimedi seguiranno qui.",
        textEn: "The service answers again. Cause and remedies will follow here.",
      },
      services,
    );
  }
}
