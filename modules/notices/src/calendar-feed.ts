import { serviceNames, stateNames } from "./notice-mail.ts";
import type { NoticeServices } from "./services.ts";
import type { NoticeWithUpdates } from "./status.ts";
import type { Language } from "./types.ts";

const lineOctetsMax = 75;

/** RFC 5545 §3.3.11: what separates values is escaped, what ends lines becomes `\n`, other control signs go. */
const escaped = (text: string): string =>
  text
    .replace(/[\\;,]/g, "\\$&")
    .replace(/\r\n|\r|\n/g, "\\n")
    .replace(/\p{Cc}/gu, " ");

/** RFC 5545 §3.1: no line is longer than 75 octets, and no character is cut. */
function folded(line: string): string {
  const lines: string[] = [];
  let open = "";
  let octets = 0;
  for (const sign of line) {
    const size = Buffer.byteLength(sign);
    if (octets + size > lineOctetsMax) {
      lines.push(open);
      open = " ";
      octets = 1;
    }
    open += sign;
    octets += size;
  }
  return [...lines, open].join("\r\n");
}

const utc = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, "");

/**
 * Maintenance as a calendar that programs fetch again and again (RFC 5545): each notice keeps its UID, counts its changes in
 * SEQUENCE and says when it is cancelled. Times are UTC.
 */
export function maintenanceCalendar(
  notices: readonly NoticeWithUpdates[],
  language: Language,
  services: Pick<NoticeServices, "consoleUrl" | "providerName" | "sites">,
): string {
  const name = `${services.providerName}: ${language === "it" ? "manutenzioni" : "maintenance"}`;
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Casaforte//Maintenance//EN",
    "CALSCALE:GREGORIAN",
    `NAME:${escaped(name)}`,
    `X-WR-CALNAME:${escaped(name)}`,
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    // A calendar has one component at least, also with nothing planned (§3.4).
    ...["BEGIN:VTIMEZONE", "TZID:Etc/UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000"],
    ...["TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE"],
    ...notices.flatMap((notice) => eventOf(notice, language, services)),
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

function eventOf(
  notice: NoticeWithUpdates,
  language: Language,
  services: Parameters<typeof maintenanceCalendar>[2],
): string[] {
  const { id, state, plannedFrom, plannedUntil, openedAt, updatedAt, updates } = notice;
  if (plannedFrom === null || plannedUntil === null) return [];
  const last = updates.at(-1);
  const said = last === undefined ? "" : language === "it" ? last.textIt : last.textEn;
  const names = notice.services.map((service) => serviceNames[language][service]).join(", ");
  const site = services.sites.find((each) => each.id === notice.siteId);
  const title = language === "it" ? notice.titleIt : notice.titleEn;
  return [
    "BEGIN:VEVENT",
    `UID:${id}`,
    `SEQUENCE:${Math.max(0, updates.length - 1)}`,
    `DTSTAMP:${utc(updatedAt)}`,
    `CREATED:${utc(openedAt)}`,
    `LAST-MODIFIED:${utc(updatedAt)}`,
    `DTSTART:${utc(plannedFrom)}`,
    `DTEND:${utc(plannedUntil)}`,
    `STATUS:${state === "cancelled" ? "CANCELLED" : "CONFIRMED"}`,
    "TRANSP:TRANSPARENT",
    `SUMMARY:${escaped(`${title} (${stateNames[language][state]})`)}`,
    `DESCRIPTION:${escaped(`${names}\n\n${said}`)}`,
    ...(site === undefined ? [] : [`LOCATION:${escaped(site.name)}`]),
    `URL:${services.consoleUrl}/status#${id}`,
    "END:VEVENT",
  ];
}
