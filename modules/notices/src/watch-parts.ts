import { type Actor, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import { automaticTexts, endingTexts, wideningTexts } from "./notice-mail.ts";
import type { NoticeServices, PartCheck } from "./services.ts";
import { hasWordOfPerson, selectRaisedIncidents } from "./store.ts";
import { closeFault, countLooks, insertFault, selectOpenFaults, setFaultNotice } from "./store-faults.ts";
import type { Fault, FaultId, Notice, NoticeId } from "./types.ts";
import { openNotice, updateTheNotice } from "./write-notice.ts";

type RaisedIncident = Notice & { readonly hasOpenFault: boolean };

const program: Actor = { kind: "system", name: "notices" };

/**
 * One look at every part, by the table in the README: notes what fell, what is back and what is watched no more, ends the
 * incidents that are over and begins those that are due, with no person in between (R23, R24).
 */
export async function settleChecks(
  tx: OperatorTx,
  checks: readonly PartCheck[],
  services: NoticeServices,
): Promise<void> {
  await noteFaults(tx, checks, services);
  await dropFaults(tx, checks, services);
  const open = await selectOpenFaults(tx);
  await endIncidents(tx, open, services);
  const away = checks.filter(({ isWell }) => !isWell);
  const told = new Set<FaultId>();
  for (const fault of open) {
    const { id, checkKey, noticeId, detectedAt, usualMs } = fault;
    const isDue = noticeId === null && services.clock.nowMs() - detectedAt.getTime() >= usualMs;
    if (!isDue || told.has(id) || !away.some(({ key }) => key === checkKey)) continue;
    const fallen = fallenWith(fault, open, away);
    const incident = await incidentOf(tx, fault, fallen, services);
    for (const one of fallen) {
      if (one.noticeId === null) await setFaultNotice(tx, one.id, incident);
      told.add(one.id);
    }
  }
}

async function noteFaults(
  tx: OperatorTx,
  checks: readonly PartCheck[],
  { clock, random }: NoticeServices,
): Promise<void> {
  const now = new Date(clock.nowMs());
  const before = await selectOpenFaults(tx);
  for (const { key: checkKey, service, siteId, hostId, isWell } of checks) {
    const fault = before.find((one) => one.checkKey === checkKey);
    if (isWell === (fault === undefined)) continue;
    const id = fault?.id ?? newId<FaultId>(clock, random);
    if (fault) await closeFault(tx, id, now);
    else {
      const usualMs = noticeLimits.usualMs[service];
      const rest = { acknowledgedAt: null, startedAt: null, replacedAt: null, closedAt: null, noticeId: null };
      await insertFault(tx, { id, checkKey, service, siteId, hostId, usualMs, detectedAt: now, ...rest });
    }
    await recordAudit(tx, program, {
      ...(fault ? { action: "notices.fault_closed" } : { action: "notices.fault_detected" }),
      object: { kind: "fault", id },
      details: { check: checkKey },
    });
  }
}

/**
 * Closes the faults of parts that nobody looks at any more, though their place is looked at: of a machine that was renamed, of
 * a role or a port that was taken away. Where no part of a place is looked at, nobody knows that it answers. One that was told
 * may be of a machine that is dead: nobody says that it answers again but a look, or a person.
 */
async function dropFaults(tx: OperatorTx, checks: readonly PartCheck[], { clock }: NoticeServices): Promise<void> {
  const open = (await selectOpenFaults(tx)).filter(({ noticeId }) => noticeId === null);
  const isLookedAt = (fault: Fault) => checks.some(({ key }) => key === fault.checkKey);
  const isOfPlace = (fault: Fault) =>
    checks.some(({ service, siteId }) => service === fault.service && siteId === fault.siteId);
  const dropped = await countLooks(tx, {
    confirmed: open.filter(isLookedAt).map(({ id }) => id),
    missed: open.filter((fault) => !isLookedAt(fault) && isOfPlace(fault)).map(({ id }) => id),
  });
  for (const { id, checkKey } of open.filter((fault) => dropped.includes(fault.id))) {
    await closeFault(tx, id, new Date(clock.nowMs()));
    await recordAudit(tx, program, {
      action: "notices.fault_dropped",
      object: { kind: "fault", id },
      details: { check: checkKey },
    });
  }
}

/**
 * What has fallen as one with a fault, the longest first: mail ports that are away, or all storage servers of a site where none
 * of them answers; otherwise the fault alone.
 */
function fallenWith(fault: Fault, open: readonly Fault[], away: readonly PartCheck[]): readonly Fault[] {
  const { service, siteId, hostId } = fault;
  const alike = away.filter(
    (one) => one.service === service && one.siteId === siteId && (one.hostId === null) === (hostId === null),
  );
  const isAll = alike.length > 1 && alike.every(({ hostsOfSite }) => hostsOfSite === alike.length);
  if (hostId !== null && !isAll) return [fault];
  return open.filter(({ checkKey }) => alike.some(({ key }) => key === checkKey));
}

/** Of one storage server, always a new one. Of a whole place, that of the place, where one can be joined. */
async function incidentOf(
  tx: OperatorTx,
  fault: Fault,
  fallen: readonly Fault[],
  services: NoticeServices,
): Promise<NoticeId> {
  const { service, siteId, detectedAt } = fault;
  const isOfPlace = fault.hostId === null || fallen.length > 1;
  const joined = isOfPlace ? await joinIncident(tx, fault, services) : null;
  if (joined !== null) return joined;
  return openNotice(
    tx,
    program,
    {
      kind: "incident",
      severity: "major",
      services: [service],
      siteId,
      hostId: isOfPlace ? null : fault.hostId,
      planned: null,
      beganAt: detectedAt,
      ...automaticTexts(service, services.sites.find(({ id }) => id === siteId)?.name ?? null),
    },
    services,
  );
}

const isAt = (notice: RaisedIncident, { service, siteId }: Pick<Fault, "service" | "siteId">): boolean =>
  notice.siteId === siteId && notice.services.includes(service);

/**
 * The incident of its place that takes a fault in: without a word one that was opened while the part was already away, with a
 * word the one that lasts. A site's disk that falls later joins none. Null: there is none.
 */
async function joinIncident(tx: OperatorTx, fault: Fault, services: NoticeServices): Promise<NoticeId | null> {
  const near = (await selectRaisedIncidents(tx)).filter((notice) => isAt(notice, fault));
  const ofPlace = near.filter(({ hostId }) => hostId === null);
  if (fault.hostId === null) {
    const begunSince = ofPlace.find(({ openedAt }) => openedAt >= fault.detectedAt);
    if (begunSince) return begunSince.id;
    if (fault.siteId !== null) return null;
  }
  const lasting = await lastingAt(tx, ofPlace, near);
  if (!lasting) return null;
  const { id, state } = lasting;
  const words = wideningTexts[fault.hostId === null ? "part" : "site"];
  await updateTheNotice(tx, program, { id, state, isReport: false, isOfSite: true, ...words }, services);
  return id;
}

/** Of a place's incidents the one that its outage belongs to: not one that only waits for a person's last word. */
async function lastingAt(
  tx: OperatorTx,
  ofPlace: readonly RaisedIncident[],
  near: readonly RaisedIncident[],
): Promise<RaisedIncident | undefined> {
  const away = ofPlace.find(({ hasOpenFault }) => hasOpenFault);
  if (away) return away;
  for (const notice of ofPlace) if (!(await isOfPerson(tx, notice))) return notice;
  return near.find(({ hasOpenFault }) => hasOpenFault);
}

/** A person has taken it over, be it only with a word: a person says when it is over. */
const isOfPerson = async (tx: OperatorTx, { id, state }: RaisedIncident): Promise<boolean> =>
  state !== "investigating" || (await hasWordOfPerson(tx, id));

/**
 * Ends the incidents that are over, so that nobody reads of an answer while his part is away: a place's waits for every part
 * there, one of a storage server for that server and the site's disk. A part whose incident a person has closed is waited for
 * by none.
 */
async function endIncidents(tx: OperatorTx, open: readonly Fault[], services: NoticeServices): Promise<void> {
  const incidents = await selectRaisedIncidents(tx);
  const living = open.filter(({ noticeId }) => noticeId === null || incidents.some(({ id }) => id === noticeId));
  for (const incident of incidents) {
    const { id, hostId, hasOpenFault } = incident;
    const isHeld = living.some((fault) => isAt(incident, fault) && (hostId === null || fault.hostId === null));
    if (hasOpenFault || isHeld || (await isOfPerson(tx, incident))) continue;
    await updateTheNotice(tx, program, { id, state: "resolved", isReport: false, ...endingTexts }, services);
  }
}
