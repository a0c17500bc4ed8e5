import { type Actor, Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import type { NoticeServices } from "./services.ts";
import { insertNotice, insertUpdate, selectNotice, updateNotice } from "./store.ts";
import type {
  Author,
  Notice,
  NoticeId,
  NoticeSeverity,
  NoticeState,
  NoticeUpdate,
  NoticeUpdateId,
  Scope,
} from "./types.ts";

type Writing = Pick<NoticeServices, "clock" | "random" | "jobs">;
export const spreadTask = "notices.spread";

export interface OpenNotice extends Scope {
  readonly kind: "incident" | "maintenance";
  readonly severity: NoticeSeverity;
  readonly titleIt: string;
  readonly titleEn: string;
  readonly textIt: string;
  readonly textEn: string;
  /** Of an incident: when the part stopped answering. */
  readonly beganAt?: Date;
  /** Of maintenance. */
  readonly planned: { readonly fromMs: number; readonly untilMs: number } | null;
}

const authorOf = (actor: Actor): Author => ("principalId" in actor ? actor.principalId : null);

/**
 * Opens an incident, or plans maintenance with the notice the charter demands, and promises the mails in the same
 * transaction (R24, R25). @throws invalid `notices.too_soon`, `notices.period`.
 */
export async function openNotice(
  tx: OperatorTx,
  actor: Actor,
  input: OpenNotice,
  services: Writing,
): Promise<NoticeId> {
  const { clock, random } = services;
  const nowMs = clock.nowMs();
  const { planned, textIt, textEn, ...rest } = input;
  if ((input.kind === "maintenance") !== (planned !== null) || (planned && planned.untilMs <= planned.fromMs))
    throw new Failure("invalid", "notices.period", "maintenance has a beginning before its end");
  if (planned && planned.fromMs - nowMs < noticeLimits.maintenanceNoticeMs)
    throw new Failure("invalid", "notices.too_soon", "maintenance is announced two days before; open an incident");
  const notice: Notice = {
    ...rest,
    id: newId<NoticeId>(clock, random),
    state: input.kind === "incident" ? "investigating" : "planned",
    plannedFrom: planned ? new Date(planned.fromMs) : null,
    plannedUntil: planned ? new Date(planned.untilMs) : null,
    beganAt: input.beganAt ?? null,
    openedAt: new Date(nowMs),
    updatedAt: new Date(nowMs),
    closedAt: null,
  };
  await insertNotice(tx, notice, authorOf(actor));
  await say(tx, actor, notice, { textIt, textEn, isReport: false }, services);
  return notice.id;
}

/** Where a notice may go from where it stands. */
const next: Readonly<Record<NoticeState, readonly NoticeState[]>> = {
  investigating: ["investigating", "identified", "monitoring", "resolved"],
  identified: ["investigating", "identified", "monitoring", "resolved"],
  monitoring: ["investigating", "identified", "monitoring", "resolved"],
  resolved: ["investigating"],
  planned: ["planned", "started", "cancelled"],
  started: ["started", "ended"],
  ended: [],
  cancelled: [],
};
const closing: readonly NoticeState[] = ["resolved", "ended", "cancelled"];

export interface UpdateNotice {
  readonly id: NoticeId;
  readonly state: NoticeState;
  readonly textIt: string;
  readonly textEn: string;
  /** Cause and corrective measures of what is over: the state stays. */
  readonly isReport: boolean;
  /** Maintenance that cannot wait until its notice is over. */
  readonly isEmergency?: boolean;
  readonly severity?: NoticeSeverity;
  /** It concerns the whole site from now on, no longer one storage server. */
  readonly isOfSite?: true;
  /** Moves or extends maintenance. */
  readonly planned?: { readonly fromMs: number; readonly untilMs: number };
}

/**
 * Says what changed, and promises the mails (R24, R25). @throws not_found `notices.not_found`,
 * conflict `notices.transition`, invalid `notices.period`, `notices.too_soon`.
 */
export async function updateTheNotice(
  tx: OperatorTx,
  actor: Actor,
  input: UpdateNotice,
  services: Writing,
): Promise<void> {
  const nowMs = services.clock.nowMs();
  const before = await selectNotice(tx, input.id, true);
  if (before === null) throw new Failure("not_found", "notices.not_found", "there is no such notice");
  const isAllowed = input.isReport
    ? closing.includes(before.state) && input.state === before.state
    : next[before.state].includes(input.state);
  if (!isAllowed)
    throw new Failure("conflict", "notices.transition", `a notice does not go from ${before.state} to ${input.state}`);
  const isStart = before.state === "planned" && input.state === "started";
  const mayStartMs = before.openedAt.getTime() + noticeLimits.maintenanceNoticeMs;
  if (isStart && input.isEmergency !== true && nowMs < mayStartMs)
    throw new Failure("invalid", "notices.too_soon", "maintenance begins when its two days' notice is over");
  const planned = input.planned ?? null;
  if (planned) {
    if (before.kind !== "maintenance" || planned.untilMs <= planned.fromMs)
      throw new Failure("invalid", "notices.period", "maintenance has a beginning before its end");
    const isEarlier = planned.fromMs < (before.plannedFrom?.getTime() ?? 0);
    if (isEarlier && planned.fromMs - nowMs < noticeLimits.maintenanceNoticeMs)
      throw new Failure("invalid", "notices.too_soon", "maintenance is not moved to sooner than its notice");
  }
  const isClosed = closing.includes(input.state);
  const after: Notice = {
    ...before,
    state: input.state,
    severity: input.severity ?? before.severity,
    hostId: input.isOfSite ? null : before.hostId,
    plannedFrom: planned ? new Date(planned.fromMs) : before.plannedFrom,
    plannedUntil: planned ? new Date(planned.untilMs) : before.plannedUntil,
    updatedAt: new Date(nowMs),
    closedAt: isClosed ? (before.closedAt ?? new Date(nowMs)) : null,
  };
  await updateNotice(tx, after);
  await say(tx, actor, after, input, services);
}

async function say(
  tx: OperatorTx,
  actor: Actor,
  notice: Notice,
  said: Pick<NoticeUpdate, "textIt" | "textEn" | "isReport">,
  services: Writing,
): Promise<void> {
  const { clock, random, jobs } = services;
  const { textIt, textEn, isReport } = said;
  const id = newId<NoticeUpdateId>(clock, random);
  const update = {
    noticeId: notice.id,
    id,
    state: notice.state,
    textIt,
    textEn,
    isReport,
    at: new Date(clock.nowMs()),
  };
  await insertUpdate(tx, update, authorOf(actor));
  await recordAudit(tx, actor, {
    action: `notices.${isReport ? "report" : notice.state}`,
    object: { kind: "notice", id: notice.id },
    details: { kind: notice.kind, severity: notice.severity, services: notice.services.join(), site: notice.siteId },
  });
  await jobs.enqueue(tx, spreadTask, { updateId: id }, { key: id });
}
