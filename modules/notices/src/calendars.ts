import { type Actor, Failure, type Id, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { calendarToken, openCalendarToken } from "./links.ts";
import type { NoticeServices } from "./services.ts";
import type { NoticeWithUpdates } from "./status.ts";
import { selectOwnNotices, selectUpdates } from "./store.ts";
import { deleteCalendar, selectCalendar, upsertCalendar } from "./store-people.ts";

/** A customer's private calendar. Who knows the address reads it, without a session. */
export interface OwnCalendar {
  readonly url: string;
  readonly madeAt: Date;
}

const urlOf = (tx: TenantTx, id: string, services: Pick<NoticeServices, "secret" | "consoleUrl">): string =>
  `${services.consoleUrl}/calendar/${calendarToken(services, tx.tenantId, id)}.ics`;

/** Null: there is none. */
export async function readCalendar(
  tx: TenantTx,
  services: Pick<NoticeServices, "secret" | "consoleUrl">,
): Promise<OwnCalendar | null> {
  const found = await selectCalendar(tx);
  return found === null ? null : { url: urlOf(tx, found.id, services), madeAt: found.madeAt };
}

/** Makes the calendar's address; one that was there before leads nowhere from now on. */
export async function makeCalendar(tx: TenantTx, actor: Actor, services: NoticeServices): Promise<OwnCalendar> {
  const { clock, random } = services;
  const id = newId<Id<"Calendar">>(clock, random);
  const madeAt = new Date(clock.nowMs());
  await upsertCalendar(tx, { id, madeAt });
  await recordAudit(tx, actor, { action: "notices.calendar_made", object: { kind: "calendar", id } });
  return { url: urlOf(tx, id, services), madeAt };
}

/** @throws not_found `notices.not_found`. */
export async function revokeCalendar(tx: TenantTx, actor: Actor): Promise<void> {
  const id = await deleteCalendar(tx);
  if (id === null) throw new Failure("not_found", "notices.not_found", "there is no calendar");
  await recordAudit(tx, actor, { action: "notices.calendar_revoked", object: { kind: "calendar", id } });
}

/** The maintenance that concerns whoever's calendar this is. @throws not_found `notices.link`. */
export async function ownMaintenance(services: NoticeServices, token: string): Promise<readonly NoticeWithUpdates[]> {
  const named = openCalendarToken(services, token);
  const gone = () => new Failure("not_found", "notices.link", "this link is not valid any more");
  if (named === null) throw gone();
  return services.db.tenant(
    named.tenantId,
    async (tx) => {
      if ((await selectCalendar(tx))?.id !== named.id) throw gone();
      const notices = (await selectOwnNotices(tx)).filter(({ kind }) => kind === "maintenance");
      const updates = Map.groupBy(
        await selectUpdates(
          tx,
          notices.map(({ id }) => id),
        ),
        ({ noticeId }) => noticeId,
      );
      return notices.map((notice) => ({ ...notice, updates: updates.get(notice.id) ?? [] }));
    },
    { readOnly: true },
  );
}
