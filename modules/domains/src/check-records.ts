import { type ExpectedRecord, showsDkimKey } from "./dns-records.ts";

/**
 * Look-ups of the customer's DNS, as `dns.promises` of Node does them: nothing there is an empty list or an error of code
 * ENOTFOUND or ENODATA; any other error means that the DNS could not be asked.
 */
export interface DnsLookups {
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  resolveCname(name: string): Promise<readonly string[]>;
  resolveSrv(
    name: string,
  ): Promise<
    readonly { readonly name: string; readonly port: number; readonly priority: number; readonly weight: number }[]
  >;
}

export interface CheckedRecord extends ExpectedRecord {
  /** `unchecked`: the DNS did not answer. */
  readonly state: "ok" | "different" | "missing" | "unchecked";
  readonly found: readonly string[];
}

/** The answer, with "there is none" as an empty list. @throws what else the look-up throws. */
export async function orNothing<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked;
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw error;
  }
}

const spaceless = (text: string) => text.replace(/\s+/g, "");
const host = (text: string) => text.toLowerCase().replace(/\.$/, "");

function judgeTxt(record: ExpectedRecord, texts: readonly string[]): CheckedRecord {
  const tag = /^v=[a-z0-9]+/i.exec(record.value)?.[0]?.toLowerCase() ?? record.value.split("=")[0] ?? "";
  const { key } = record;
  // Of a key's record nothing but the key matters, and the version may be left out.
  if (key !== undefined && texts.length > 0)
    return { ...record, state: texts.some((text) => showsDkimKey(text, key)) ? "ok" : "different", found: texts };
  const found = texts.filter((text) => text.toLowerCase().startsWith(tag));
  if (found.length === 0) return { ...record, state: "missing", found };
  const [only] = found;
  const isSame = found.some((text) => spaceless(text) === spaceless(record.value));
  // Two SPF or DMARC records void each other (RFC 7208 §4.5, RFC 7489 §6.6.3); any DMARC policy of the owner will do.
  const include = /include:\S+/.exec(record.value)?.[0] ?? "";
  const isServing =
    (record.purpose === "spf" && found.length === 1 && only?.split(/\s+/).includes(include) === true) ||
    (record.purpose === "dmarc" && found.length === 1) ||
    (record.purpose !== "spf" && record.purpose !== "dmarc" && isSame);
  return { ...record, state: isServing ? "ok" : "different", found };
}

function judgeHosts(record: ExpectedRecord, names: readonly string[]): CheckedRecord {
  const found = names.map((name) => `${host(name)}.`);
  if (found.length === 0) return { ...record, state: "missing", found };
  return { ...record, state: found.includes(`${host(record.value)}.`) ? "ok" : "different", found };
}

async function check(record: ExpectedRecord, dns: DnsLookups): Promise<CheckedRecord> {
  try {
    if (record.type === "TXT") {
      const texts = (await orNothing(dns.resolveTxt(record.host))).map((strings) => strings.join(""));
      return judgeTxt(record, texts);
    }
    if (record.type === "MX") {
      const found = await orNothing(dns.resolveMx(record.host));
      const wanted = host(record.value.split(" ")[1] ?? "");
      const shown = found.map((mx) => `${mx.priority} ${host(mx.exchange)}.`);
      if (found.length === 0) return { ...record, state: "missing", found: shown };
      return { ...record, state: found.every((mx) => host(mx.exchange) === wanted) ? "ok" : "different", found: shown };
    }
    if (record.type === "CNAME") return judgeHosts(record, await orNothing(dns.resolveCname(record.host)));
    const services = await orNothing(dns.resolveSrv(record.host));
    const [, , port, target] = record.value.split(" ");
    const shown = services.map((one) => `${one.priority} ${one.weight} ${one.port} ${host(one.name)}.`);
    const isServing = services.some((one) => String(one.port) === port && host(one.name) === host(target ?? ""));
    return { ...record, state: shown.length === 0 ? "missing" : isServing ? "ok" : "different", found: shown };
  } catch {
    // The DNS did not answer: that says nothing about the record, so it is shown as not looked at.
    return { ...record, state: "unchecked", found: [] };
  }
}

/** Compares the DNS with what is expected (R94). */
export const checkRecords = (records: readonly ExpectedRecord[], dns: DnsLookups): Promise<CheckedRecord[]> =>
  Promise.all(records.map((record) => check(record, dns)));
