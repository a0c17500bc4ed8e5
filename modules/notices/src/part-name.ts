import { serviceNames } from "./notice-mail.ts";
import type { NoticeServices } from "./services.ts";
import type { Language, SubscribedPart } from "./types.ts";

/** What a subscriber of every part hears of. */
export const everything: Readonly<Record<Language, string>> = { it: "Tutti i servizi", en: "Every service" };

/** `Cloud Backup · Milano`, or that it is everything. */
export function partName(
  { service, siteId }: SubscribedPart,
  language: Language,
  { sites }: Pick<NoticeServices, "sites">,
): string {
  if (service === null) return everything[language];
  const site = sites.find(({ id }) => id === siteId)?.name ?? siteId;
  return serviceNames[language][service] + (site === null ? "" : ` · ${site}`);
}
