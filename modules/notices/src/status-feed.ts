import type { PublicStatus } from "@casaforte/contract/notices";
import { percentOf } from "./availability.ts";
import { toNotice } from "./http-views.ts";
import { stateNames } from "./notice-mail.ts";
import type { NoticeServices } from "./services.ts";
import type { Status } from "./status.ts";
import { escapeMarkup } from "./status-page.ts";
import type { Language } from "./types.ts";

/** The same for programs (R29). */
export const statusJson = (status: Status, isFresh: boolean): PublicStatus => ({
  at: new Date(status.atMs).toISOString(),
  isFresh,
  parts: status.parts.map(({ availability, ...part }) => ({
    ...part,
    days: [...part.days],
    measured: {
      since: new Date(availability.sinceMs).toISOString(),
      interruptedSeconds: Math.round(availability.interruptedMs / 1_000),
      availablePercent: percentOf(availability),
    },
  })),
  notices: status.notices.map((notice) => toNotice(notice, notice.updates)),
});

/** An entry for each update, newest first. RFC 4287. */
export function statusAtom(
  status: Status,
  language: Language,
  services: Pick<NoticeServices, "consoleUrl" | "providerName">,
): string {
  const page = `${escapeMarkup(services.consoleUrl)}/status`;
  const entries = status.notices
    .flatMap((notice) => notice.updates.map((update) => ({ notice, update })))
    .sort((one, other) => other.update.at.getTime() - one.update.at.getTime())
    .slice(0, 100)
    .map(({ notice, update }) => {
      const title = `${language === "it" ? notice.titleIt : notice.titleEn} (${stateNames[language][update.state]})`;
      const text = language === "it" ? update.textIt : update.textEn;
      return `<entry><id>urn:uuid:${update.id}</id><title>${escapeMarkup(title)}</title><updated>${update.at.toISOString()}</updated><link href="${page}#${notice.id}"/><content type="text">${escapeMarkup(text)}</content></entry>`;
    });
  const updated = new Date(
    Math.max(0, ...status.notices.map(({ updatedAt }) => updatedAt.getTime())) || status.atMs,
  ).toISOString();
  return `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}"><id>${page}</id><title>${escapeMarkup(services.providerName)}</title><updated>${updated}</updated><author><name>${escapeMarkup(services.providerName)}</name></author><link rel="self" href="${escapeMarkup(services.consoleUrl)}/status.atom?lang=${language}"/><link href="${page}"/>${entries.join("")}</feed>`;
}
