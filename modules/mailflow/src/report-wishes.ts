import { Failure } from "@casaforte/kernel";
import { formatMailAddress, parseMailAddress } from "@casaforte/modules/domains";
import { mailflowLimits } from "./limits.ts";
import { isNone } from "./route-lookups.ts";
import type { ReportsOut } from "./services.ts";

/** Where a domain wants a report. `sizeBytesMax`: as much as it takes (RFC 7489 §6.2). */
export type ReportDestination =
  | { readonly kind: "mail"; readonly address: string; readonly sizeBytesMax: number }
  | { readonly kind: "https"; readonly url: string };

/** Tags of a record such as `v=DMARC1; p=none; rua=…`; of one given twice the first counts. */
export function readTags(record: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const part of record.slice(0, mailflowLimits.reportWishBytesMax).split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim().toLowerCase();
    if (at > 0 && !tags.has(name)) tags.set(name, part.slice(at + 1).trim());
  }
  return tags;
}

/**
 * Where the DNS of the domain asks for TLS reports (RFC 8460 §3). @throws unavailable `mailflow.report_dns_silent`.
 */
export async function tlsWishesOf(dns: ReportsOut, domain: string): Promise<readonly ReportDestination[]> {
  const record = onlyRecord(await textsAt(dns, `_smtp._tls.${domain}`), "TLSRPTv1");
  return record === null ? [] : destinationsIn(record).slice(0, mailflowLimits.tlsDestinationsMax);
}

/**
 * Where the DNS of the domain asks for DMARC reports by mail: others' addresses only where their own DNS agrees
 * (RFC 7489 §7.1), so that nobody can be flooded with reports. @throws unavailable `mailflow.report_dns_silent`.
 */
export async function dmarcWishesOf(dns: ReportsOut, domain: string): Promise<readonly ReportDestination[]> {
  const record = onlyRecord(await textsAt(dns, `_dmarc.${domain}`), "DMARC1");
  if (record === null) return [];
  const agreed: ReportDestination[] = [];
  for (const one of destinationsIn(record))
    if (one.kind === "mail" && (await isAgreed(dns, domain, hostOf(one.address)))) agreed.push(one);
  return agreed;
}

const hostOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/** The host that a report goes to; empty for an address that is none. */
export const destinationHost = (wish: ReportDestination): string =>
  (wish.kind === "mail" ? hostOf(wish.address) : (URL.parse(wish.url)?.hostname ?? "")).toLowerCase();

async function isAgreed(dns: ReportsOut, domain: string, host: string): Promise<boolean> {
  if (host === domain || host.endsWith(`.${domain}`)) return true;
  const texts = await textsAt(dns, `${domain}._report._dmarc.${host}`);
  return texts.some((text) => isRecord(text, "DMARC1"));
}

const isRecord = (text: string, version: string): boolean => /^v\s*=\s*(\w+)\s*(?:;|$)/.exec(text)?.[1] === version;

/** More than one is none (RFC 8460 §3, RFC 7489 §6.6.3). */
function onlyRecord(texts: readonly string[], version: string): string | null {
  const [record, ...others] = texts.filter((text) => isRecord(text, version));
  return record !== undefined && others.length === 0 ? record : null;
}

async function textsAt(dns: ReportsOut, name: string): Promise<readonly string[]> {
  try {
    return await dns.resolveTxt(name);
  } catch (cause) {
    if (isNone(cause)) return [];
    throw new Failure("unavailable", "mailflow.report_dns_silent", `the DNS does not answer for ${name}`, { cause });
  }
}

function destinationsIn(record: string): readonly ReportDestination[] {
  const texts = (readTags(record).get("rua") ?? "").split(",");
  const found = texts.slice(0, mailflowLimits.reportDestinationsMax).map((text) => destinationOf(text.trim()));
  return found.filter((one) => one !== null);
}

const units = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;
const isUnit = (text: string): text is keyof typeof units => text in units;

/** Null for what we cannot reach. Commas and exclamation marks of an address come as `%2c` and `%21`. */
function destinationOf(text: string): ReportDestination | null {
  if (/^https:\/\//i.test(text)) return { kind: "https", url: text };
  const match = /^mailto:([^!?]{3,320})(?:\?[^!]*)?(?:!(\d{1,10})([kmgt]?))?$/i.exec(text);
  if (!match) return null;
  const [, encoded = "", size, unit = ""] = match;
  try {
    const address = formatMailAddress(parseMailAddress(decodeURIComponent(encoded)));
    const prefix = unit.toLowerCase();
    const sizeBytesMax =
      size === undefined ? Number.POSITIVE_INFINITY : Number(size) * (isUnit(prefix) ? units[prefix] : 1);
    return { kind: "mail", address, sizeBytesMax };
  } catch {
    return null;
  }
}
