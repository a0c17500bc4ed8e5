import {
  type Answer,
  AUTHENTIC_DATA,
  type DecodedPacket,
  DNSSEC_OK,
  decode,
  encode,
  RECURSION_DESIRED,
} from "dns-packet";
import { netLimits } from "./limits.ts";
import type { TlsaRecord } from "./tlsa.ts";

interface DnsData {
  readonly A: string;
  readonly AAAA: string;
  /** Where the name leads. */
  readonly CNAME: string;
  readonly MX: { readonly exchange: string; readonly priority: number };
  readonly TLSA: TlsaRecord;
}
export type DnsType = keyof DnsData;

export interface DnsQuestion<Type extends DnsType = DnsType> {
  /** In A-labels; `.` is the root. */
  readonly name: string;
  readonly type: Type;
}

/**
 * What a validating resolver says. `secure`: it has proven the whole answer by DNSSEC, aliases and that there is no more
 * included; no records are then proven to be none. `insecure`: the zone is not signed. `bogus`: a signature is wrong, or its
 * servers are (SERVFAIL): the answer must not be used, and it is not "none".
 */
export type DnsAnswer<Type extends DnsType> =
  | {
      readonly kind: "secure" | "insecure";
      /** The name that the records are of, at the end of its aliases; lower case, no dot at the end. */
      readonly name: string;
      readonly records: readonly DnsData[Type][];
    }
  | { readonly kind: "bogus" };

/** `truncated`: the same must be asked over TCP. `refused`: the resolver does not serve us, or does not understand. */
export type DnsReply<Type extends DnsType> =
  | DnsAnswer<Type>
  | { readonly kind: "truncated" }
  | { readonly kind: "refused"; readonly code: string };

/** Without the last dot, in lower case: names are the same in any case of letters (RFC 4343). */
const plain = (name: string): string => name.toLowerCase().replace(/\.$/, "");

/** Whether the DNS could hold such a name. */
export const isDnsName = (name: string): boolean =>
  name === "." || (name.length <= 253 && /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?$/i.test(name));

/** A recursive question that asks for proof: DO and AD are set (RFC 4035 §3.2.1, RFC 6840 §5.7). `isDnsName` holds. */
export const writeQuestion = (id: number, { name, type }: DnsQuestion): Uint8Array =>
  encode({
    type: "query",
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ name, type, class: "IN" }],
    additionals: [
      {
        type: "OPT",
        name: ".",
        udpPayloadSize: netLimits.dnsPayloadBytes,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: DNSSEC_OK,
        flag_do: true,
        options: [],
      },
    ],
  });

/** Reads a message as the reply to that question; null when it is another's, or none. Never throws. */
export function readReply<Type extends DnsType>(
  message: Uint8Array,
  id: number,
  question: DnsQuestion<Type>,
): DnsReply<Type> | null {
  const packet = decoded(message);
  if (packet === null || packet.id !== id || !packet.flag_qr || packet.opcode !== "QUERY") return null;
  const [asked, ...others] = packet.questions ?? [];
  if (asked === undefined || others.length > 0 || asked.type !== question.type || asked.class !== "IN") return null;
  if (plain(asked.name) !== plain(question.name)) return null;
  if (packet.flag_tc) return { kind: "truncated" };
  if (packet.rcode === "SERVFAIL") return { kind: "bogus" };
  if (packet.rcode !== "NOERROR" && packet.rcode !== "NXDOMAIN") return { kind: "refused", code: packet.rcode };
  const answers = packet.answers ?? [];
  const name = endOf(plain(question.name), question.type, answers);
  const records = answers.flatMap((answer) =>
    plain(answer.name) === name && answer.type === question.type ? (recordOf(answer) as DnsData[Type][]) : [],
  );
  return { kind: packet.flag_ad ? "secure" : "insecure", name, records };
}

type Decoded = DecodedPacket & { readonly opcode: string; readonly rcode: string };

/** Of the sections only question and answer: what nobody looks at cannot be wrong. Null: this is no message. */
function decoded(message: Uint8Array): Decoded | null {
  const copy = Buffer.from(message);
  if (copy.length < 12) return null;
  const flags = copy.readUInt16BE(2);
  // A truncated answer ends anywhere (RFC 2181 §9).
  copy.fill(0, (flags & 0x0200) === 0 ? 8 : 6, 12);
  try {
    return decode(copy) as Decoded;
  } catch {
    return null;
  }
}

/** Follows the aliases in an answer. */
function endOf(start: string, type: DnsType, answers: readonly Answer[]): string {
  let name = start;
  for (let hops = 0; type !== "CNAME" && hops < netLimits.dnsAliasesMax; hops++) {
    const alias = answers.find((one) => one.type === "CNAME" && plain(one.name) === name);
    if (alias?.type !== "CNAME") break;
    name = plain(alias.data);
  }
  return name;
}

function recordOf(answer: Answer): DnsData[DnsType][] {
  switch (answer.type) {
    case "A":
    case "AAAA":
      return [answer.data];
    case "CNAME":
      return [plain(answer.data)];
    case "MX":
      return [{ exchange: plain(answer.data.exchange), priority: answer.data.preference ?? 0 }];
    case "TLSA": {
      const { usage, selector, matchingType, certificate } = answer.data;
      return [{ usage, selector, matchingType, data: Uint8Array.from(certificate) }];
    }
    default:
      return [];
  }
}
