import { createHmac, timingSafeEqual } from "node:crypto";
import type { Bytes } from "@casaforte/kernel";

const macOf = (secret: Bytes, number: bigint): string =>
  createHmac("sha256", secret).update(`ticket reply ${number}`).digest("hex").slice(0, 20);

/**
 * The address that an answer to a ticket goes to: `support+t100001-<mac>@domain`. Only we can make one, so that an answer
 * finds its ticket although its subject was changed (R20).
 */
export function replyAddress(secret: Bytes, supportAddress: string, number: bigint): string {
  const at = supportAddress.lastIndexOf("@");
  return `${supportAddress.slice(0, at)}+t${number}-${macOf(secret, number)}${supportAddress.slice(at)}`;
}

/** The number inside an address of ours; null for any other address, and for a token that we did not make. */
export function numberInAddress(secret: Bytes, supportAddress: string, address: string): bigint | null {
  const at = supportAddress.lastIndexOf("@");
  const [local, domain] = [supportAddress.slice(0, at).toLowerCase(), supportAddress.slice(at).toLowerCase()];
  const lower = address.toLowerCase();
  if (!lower.startsWith(`${local}+t`) || !lower.endsWith(domain)) return null;
  const token = /^(\d{1,15})-([0-9a-f]{20})$/.exec(lower.slice(local.length + 2, lower.length - domain.length));
  if (!token?.[1] || !token[2]) return null;
  const number = BigInt(token[1]);
  return timingSafeEqual(Buffer.from(token[2]), Buffer.from(macOf(secret, number))) ? number : null;
}

/** The number in a subject, as our own mails carry it: `[#100001]`. */
export function numberInSubject(subject: string): bigint | null {
  const found = /\[#(\d{6,15})\]/.exec(subject)?.[1];
  return found === undefined ? null : BigInt(found);
}

/** A subject that shows the number (R18). */
export const numberedSubject = (number: bigint, subject: string): string =>
  `[#${number}] ${subject.replace(/\[#\d+\]\s*/g, "")}`.slice(0, 250);
