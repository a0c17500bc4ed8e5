import { Failure } from "./failure.ts";
import type { Clock, Random } from "./ports.ts";

declare const kind: unique symbol;

/** A UUID that names one kind of thing; two kinds never mix. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind };

export type TenantId = Id<"Tenant">;
export type PrincipalId = Id<"Principal">;
export type SpaceId = Id<"Space">;
export type SiteId = string & { readonly [kind]: "Site" };
export type DeviceId = Id<"Device">;
export type MailAccountId = Id<"MailAccount">;
export type MailboxId = Id<"Mailbox">;
export type MessageId = Id<"Message">;
export type ThreadId = Id<"Thread">;
export type BlobId = Id<"Blob">;
export type DomainId = Id<"Domain">;
export type ServiceId = Id<"Service">;
export type InvoiceId = Id<"Invoice">;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Parses a lower-case UUID. @throws invalid `id.malformed`. */
export function parseId<I extends Id<string>>(text: string): I {
  if (!uuidPattern.test(text)) throw new Failure("invalid", "id.malformed", "not a UUID");
  return text as I;
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A fresh UUID version 7 (RFC 9562 §5.7): sorts by creation time, 74 random bits. */
export function newId<I extends Id<string>>(clock: Clock, random: Random): I {
  const bytes = random.bytes(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const nowMs = clock.nowMs();
  view.setUint32(0, Math.floor(nowMs / 0x10000));
  view.setUint16(4, nowMs % 0x10000);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  let hex = "";
  for (const byte of bytes) hex += hexOf[byte];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as I;
}

/** The provider's own tenant: operators live in it and its audit chain records the provider's acts. */
export const providerTenantId = "00000000-0000-7000-8000-000000000001" as TenantId;
