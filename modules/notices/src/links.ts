import { createHmac, timingSafeEqual } from "node:crypto";
import { parseId, providerTenantId, type SiteId, type TenantId } from "@casaforte/kernel";
import type { NoticeServices } from "./services.ts";
import type { NoticeService, SubscribedPart, SubscriberId } from "./types.ts";

type Keyed = Pick<NoticeServices, "secret">;
export type LinkKind = "contact" | "subscribe" | "unsubscribe";

const sign = ({ secret }: Keyed, text: string): string =>
  createHmac("sha256", secret).update(`notices:${text}`).digest("base64url").slice(0, 32);

/**
 * Lets whoever holds it do this one thing: it went to the address alone, and nothing of it is stored. `part`: what a
 * subscriber asked to hear of, so that the link does what its mail says whatever is asked for in his name meanwhile.
 */
export function linkToken(
  services: Keyed,
  kind: LinkKind,
  { tenantId, id, part }: { readonly tenantId: TenantId; readonly id: string; readonly part?: SubscribedPart },
): string {
  const chosen = part ? `.${part.service ?? ""}.${part.siteId ?? ""}` : "";
  const text = `${kind}.${tenantId}.${id}${chosen}`;
  return `${text}.${sign(services, text)}`;
}

export interface OpenedLink {
  readonly kind: LinkKind;
  readonly tenantId: TenantId;
  readonly id: string;
  /** Null: the link names none. */
  readonly part: SubscribedPart | null;
}

const shape =
  /^((contact|subscribe|unsubscribe)\.([0-9a-f-]{36})\.([0-9a-f-]{36})(?:\.([a-z]*)\.([a-z0-9-]*))?)\.([\w-]{32})$/;

/** What a token names; null when it is not ours. */
export function openLink(services: Keyed, token: string): OpenedLink | null {
  const match = shape.exec(token);
  if (!match) return null;
  const [, text = "", kind = "", tenantId = "", id = "", service, siteId, given = ""] = match;
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(sign(services, text)))) return null;
  const part =
    service === undefined
      ? null
      : { service: (service || null) as NoticeService | null, siteId: (siteId || null) as SiteId | null };
  return { kind: kind as LinkKind, tenantId: parseId<TenantId>(tenantId), id, part };
}

const calendarShape = /^(([0-9a-f-]{36})\.([0-9a-f-]{36}))\.([\w-]{32})$/;

/** Lets whoever holds it read one customer's calendar, as long as the customer's calendar has that id. */
export function calendarToken(services: Keyed, tenantId: TenantId, id: string): string {
  const text = `${tenantId}.${id}`;
  return `${text}.${sign(services, `calendar.${text}`)}`;
}

/** Null when it is not ours. */
export function openCalendarToken(
  services: Keyed,
  token: string,
): { readonly tenantId: TenantId; readonly id: string } | null {
  const match = calendarShape.exec(token);
  if (!match) return null;
  const [, text = "", tenantId = "", id = "", given = ""] = match;
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(sign(services, `calendar.${text}`)))) return null;
  return { tenantId: parseId<TenantId>(tenantId), id };
}

export const linkUrl = (services: Pick<NoticeServices, "consoleUrl">, token: string): string =>
  `${services.consoleUrl}/status/link/${token}`;

/** One POST there ends it (RFC 8058); a person who opens it is asked. */
export function unsubscribeUrl(services: Pick<NoticeServices, "secret" | "consoleUrl">, id: SubscriberId): string {
  return linkUrl(services, linkToken(services, "unsubscribe", { tenantId: providerTenantId, id }));
}
