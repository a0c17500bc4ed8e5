import { providerTenantId, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { unsubscribeUrl } from "./links.ts";
import { noticeMail } from "./notice-mail.ts";
import type { NoticeServices } from "./services.ts";
import {
  insertAffected,
  insertDelivery,
  selectAffected,
  selectDelivered,
  selectNotice,
  selectUpdate,
} from "./store.ts";
import { holdSubscriber, selectConfirmed, selectSubscribers } from "./store-people.ts";
import type { Notice, NoticeUpdate, NoticeUpdateId, Recipient, Subscriber } from "./types.ts";

/**
 * Writes to exactly those whose service runs there, and to the status page's subscribers: each address once an update,
 * in its language, however often this runs (R24, R25, R29). Who was told before is told of every update, also after moving.
 */
export async function spreadUpdate(
  services: NoticeServices,
  updateId: NoticeUpdateId,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = services;
  const found = await db.operator(
    async (tx) => {
      const update = await selectUpdate(tx, updateId);
      const notice = update === null ? null : await selectNotice(tx, update.noticeId);
      if (update === null || notice === null) return null;
      const tenants = new Set<TenantId>([
        ...(await services.affected(tx, notice)),
        ...(await selectAffected(tx, notice.id)),
      ]);
      return { update, notice, tenants, delivered: await selectDelivered(tx, updateId) };
    },
    { readOnly: true },
  );
  if (found === null) return;
  const { notice, update, delivered } = found;
  for (const tenantId of found.tenants) {
    signal.throwIfAborted();
    await db.tenant(tenantId, async (tx) => {
      await insertAffected(tx, notice.id, new Date(clock.nowMs()));
      const contacts = [
        ...(await selectConfirmed(tx, tenantId, "incidents")),
        ...(await selectConfirmed(tx, tenantId, "technical")),
      ];
      const people = contacts.length > 0 ? contacts : await services.administrators(tx);
      await writeTo(tx, people, { notice, update, delivered }, services);
      await services.updated?.(tx, update);
    });
  }
  const subscribers = await db.tenant(providerTenantId, (tx) => selectSubscribers(tx), { readOnly: true });
  for (const subscriber of subscribers.filter((each) => wantsToHear(each, notice))) {
    signal.throwIfAborted();
    const url = unsubscribeUrl(services, subscriber.id);
    await db.tenant(providerTenantId, async (tx) => {
      // Many take minutes to write to: who leaves meanwhile is written to no more.
      if (await holdSubscriber(tx, subscriber.id))
        await writeTo(tx, [subscriber], { notice, update, delivered, url }, services);
    });
  }
}

/** What names no place, a notice or a choice, is about every place. */
const wantsToHear = ({ service, siteId }: Subscriber, notice: Notice): boolean =>
  service === null ||
  (notice.services.includes(service) && (siteId === null || notice.siteId === null || notice.siteId === siteId));

async function writeTo(
  tx: TenantTx,
  people: readonly Recipient[],
  what: {
    readonly notice: Notice;
    readonly update: NoticeUpdate;
    readonly delivered: Set<string>;
    readonly url?: string;
  },
  services: NoticeServices,
): Promise<void> {
  const written: string[] = [];
  for (const { address, language } of people) {
    if (what.delivered.has(address) || written.includes(address)) continue;
    const mail = noticeMail(what.notice, what.update, language, services);
    const messageId = await services.mail(tx, {
      to: address,
      language,
      ...mail,
      ...(what.url ? { unsubscribeUrl: what.url, text: `${mail.text}\n\n${mail.unsubscribe}: ${what.url}` } : {}),
    });
    await insertDelivery(tx, {
      updateId: what.update.id,
      address,
      messageId,
      at: new Date(services.clock.nowMs()),
    });
    written.push(address);
  }
  // After the commit alone: a turn that was rolled back has written to nobody.
  tx.afterCommit(() => {
    for (const address of written) what.delivered.add(address);
  });
}
