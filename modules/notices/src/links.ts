import { createHmac, timingSafeEqual } from "node:crypto";
import { parseId, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { NoticeServices } from "./services.ts";
import type { ContactId, SubscriberId } from "./types.ts";

type Keyed = Pick<NoticeServices, "secret">;
export type LinkKind = "contact" | "subscribe" | "unsubscribe";

const sign = ({ secret }: Keyed, text: string): string =>
  createHmac("sha256", secret).update(`notices:${text}`).digest("base64url").slice(0, 32);

/** Lets whoever holds it do this one thing: it went to the address alone, and nothing of it is stored. */
export function linkToken(services: Keyed, kind: LinkKind, tenantId: TenantId, id: ContactId | SubscriberId): string {
  const text = `${kind}.${tenantId}.${id}`;
  return `${text}.${sign(services, text)}`;
}

/** What a token names; null when it is not ours. */
export function openLink(
  services: Keyed,
  token: string,
): { readonly kind: LinkKind; readonly tenantId: TenantId; readonly id: string } | null {
  const match = /^(contact|subscribe|unsubscribe)\.([0-9a-f-]{36})\.([0-9a-f-]{36})\.([\w-]{32})$/.exec(token);
  if (!match) return null;
  const [, kind = "", tenantId = "", id = "", given = ""] = match;
  const wanted = sign(services, `${kind}.${tenantId}.${id}`);
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) return null;
  return { kind: kind as LinkKind, tenantId: parseId<TenantId>(tenantId), id };
}

export const linkUrl = (services: Pick<NoticeServices, "consoleUrl">, token: string): string =>
  `${services.consoleUrl}/status/link/${token}`;

/** One POST there ends it (RFC 8058); a person who opens it is asked. */
export function unsubscribeUrl(services: Pick<NoticeServices, "secret" | "consoleUrl">, id: SubscriberId): string {
  return linkUrl(services, linkToken(services, "unsubscribe", providerTenantId, id));
}
