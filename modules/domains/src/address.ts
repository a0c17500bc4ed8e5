import { domainToASCII } from "node:url";
import { Failure } from "@casaforte/kernel";
import { domainLimits } from "./limits.ts";

/** An address as the product stores and compares it: both halves lower case, the domain as A-labels. */
export interface MailAddress {
  readonly local: string;
  readonly domain: string;
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dotAtom = /^[^\s"(),:;<>@[\\\]\p{Cc}.]+(\.[^\s"(),:;<>@[\\\]\p{Cc}.]+)*$/u;

/** A host or mail domain as lower-case A-labels (RFC 5890), with at least two labels. @throws invalid `domains.name`. */
export function parseDomainName(text: string): string {
  const trimmed = text.trim().replace(/\.$/, "");
  const name = trimmed === "" ? "" : domainToASCII(trimmed.normalize("NFC")).toLowerCase();
  const labels = name.split(".");
  const sound = name.length <= domainLimits.domainBytesMax && labels.length >= 2 && labels.every((l) => label.test(l));
  // A last label of digits is how an IPv4 address is written, never a top-level domain.
  if (!sound || /^\d+$/.test(labels.at(-1) ?? "")) throw new Failure("invalid", "domains.name", "not a domain name");
  return name;
}

/**
 * An addr-spec as lower-case parts. A quoted local part is accepted only where the quotes were not needed: nothing
 * hosted here needs them, and unquoted forms cannot be misread downstream. @throws invalid `domains.address`.
 */
export function parseMailAddress(text: string): MailAddress {
  const { local, domain } = parseInItsCase(text);
  return { local: local.toLowerCase(), domain };
}

/**
 * As `parseMailAddress`, with the local part in the case in which it is written: elsewhere that may tell people apart
 * (RFC 5321 §2.4). @throws invalid `domains.address`.
 */
export function parseInItsCase(text: string): WrittenAddress {
  const at = text.lastIndexOf("@");
  const rawLocal = text.slice(0, at);
  const unquoted = /^"(.*)"$/u.exec(rawLocal)?.[1] ?? rawLocal;
  const local = unquoted.normalize("NFC");
  // Lower case may be longer, and is what is stored of ours.
  const bytes = Math.max(Buffer.byteLength(local), Buffer.byteLength(local.toLowerCase()));
  if (at < 1 || bytes === 0 || bytes > domainLimits.localPartBytesMax || !dotAtom.test(local))
    throw new Failure("invalid", "domains.address", "not a mail address");
  try {
    return { local, domain: parseDomainName(text.slice(at + 1)) };
  } catch (cause) {
    throw new Failure("invalid", "domains.address", "not a mail address", { cause });
  }
}

/** An address as it is written: its local part is nobody's to read but its own server's (RFC 5321 §2.4). */
export interface WrittenAddress {
  readonly local: string;
  /** A-labels. */
  readonly domain: string;
}

const anyLocal = /^(?:[^\s"(),:;<>@[\\\]\p{Cc}]+|"(?:[^"\\<>\p{Cc}]|\\[^<>\p{Cc}])*")$/u;

/**
 * An addr-spec of anybody's. Two dots in a row, quotes, and a local part longer than ours may be are in use elsewhere;
 * quotes go where they are not needed. @throws invalid `domains.address`.
 */
export function parseAnyAddress(text: string): WrittenAddress {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const bytes = Buffer.byteLength(local);
  if (at < 1 || bytes > domainLimits.anyLocalPartBytesMax || !anyLocal.test(local))
    throw new Failure("invalid", "domains.address", "not a mail address");
  const unquoted = /^"(.*)"$/u.exec(local)?.[1] ?? "";
  try {
    return { local: dotAtom.test(unquoted) ? unquoted : local, domain: parseDomainName(text.slice(at + 1)) };
  } catch (cause) {
    throw new Failure("invalid", "domains.address", "not a mail address", { cause });
  }
}

/** `local@domain`. */
export const formatMailAddress = (address: WrittenAddress): string => `${address.local}@${address.domain}`;

/** The address without its plus part: `ada+shop@example.org` is delivered to, and sends as, `ada@example.org`. */
export function withoutPlus(address: MailAddress): MailAddress {
  const plus = address.local.indexOf("+");
  return plus > 0 ? { local: address.local.slice(0, plus), domain: address.domain } : address;
}
