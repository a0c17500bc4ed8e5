import { X509Certificate } from "node:crypto";
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate, TLSSocket } from "node:tls";
import { matchesTlsa, type TlsaRecord } from "@casaforte/platform/net";
import { mailflowLimits } from "./limits.ts";

/** What a domain proves by DNSSEC of one of its servers' certificates (RFC 7672). */
export interface DanePolicy {
  /** Whose TLSA records they are, and the name that the server is asked for (RFC 7672 §2.2.3). */
  readonly base: string;
  /** As published; the session must be encrypted, and where one is usable the certificate must be what it says. */
  readonly records: readonly TlsaRecord[];
  readonly usable: readonly TlsaRecord[];
  /** Any of which a certificate of a named authority must be for (RFC 7672 §3.2.2). */
  readonly names: readonly string[];
}

const digestBytes: Readonly<Record<number, number>> = { 1: 32, 2: 64 };

/**
 * Those that SMTP uses: usages 2 and 3, known selectors and digests, whole data (RFC 7672 §3.1). Of the digests of one
 * usage and selector only the strongest count (RFC 7671 §9).
 */
export function usableRecords(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  const known = records.slice(0, mailflowLimits.tlsaRecordsMax).filter((one) => {
    if ((one.usage !== 2 && one.usage !== 3) || one.selector > 1) return false;
    return one.matchingType === 0 ? one.data.length > 0 : digestBytes[one.matchingType] === one.data.length;
  });
  const isWeaker = (one: TlsaRecord) =>
    one.matchingType === 1 &&
    known.some(({ usage, selector, matchingType }) => {
      return matchingType === 2 && usage === one.usage && selector === one.selector;
    });
  return known.filter((one) => !isWeaker(one));
}

/**
 * What the server's certificates are by those records. `matched`: its own is one of them; neither its names nor its dates
 * count (RFC 7672 §3.1.1). `anchored`: authorities, in PEM, that must have signed it; whether they have a second session
 * must show, which trusts them alone. `unmatched`: neither.
 */
export type DaneVerdict =
  | { readonly kind: "matched" }
  | { readonly kind: "anchored"; readonly anchors: readonly string[] }
  | { readonly kind: "unmatched" };

/** `shown`: as the server shows them, in DER, its own first. */
export function judgeCertificates(usable: readonly TlsaRecord[], shown: readonly Uint8Array[]): DaneVerdict {
  const [own] = shown;
  if (own === undefined) return { kind: "unmatched" };
  if (usable.some((record) => record.usage === 3 && matchesTlsa(record, own))) return { kind: "matched" };
  const ofAuthorities = usable.filter(({ usage }) => usage === 2);
  const anchors = [
    ...shown.filter((certificate) => ofAuthorities.some((record) => matchesTlsa(record, certificate))),
    // Whole in the DNS: then the server need not show it (RFC 7671 §5.2.2).
    ...ofAuthorities.flatMap(({ selector, matchingType, data }) =>
      selector === 0 && matchingType === 0 ? [data] : [],
    ),
  ].flatMap((certificate) => pemOf(certificate) ?? []);
  return anchors.length > 0 ? { kind: "anchored", anchors } : { kind: "unmatched" };
}

/** Null: it is none. */
function pemOf(certificate: Uint8Array): string | null {
  try {
    return new X509Certificate(certificate).toString();
  } catch {
    return null;
  }
}

/** Of a session that stands. Asked once: Node takes what it tells out of the session. */
export function shownCertificates(socket: unknown): readonly Uint8Array[] {
  const shown: Uint8Array[] = [];
  let next = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  while (next !== undefined && shown.length < mailflowLimits.shownCertificatesMax) {
    shown.push(next.raw);
    next = next.issuerCertificate;
  }
  return shown;
}

/**
 * For a handshake. Without `anchors`, in PEM, everything is let in to be judged: what the DNS names need not be an authority
 * that anybody else knows. With them OpenSSL trusts those alone, and the certificate must be for one of the names.
 */
export function tlsUnderDane({ base, names }: DanePolicy, anchors: readonly string[] | null): ConnectionOptions {
  if (anchors === null) return { rejectUnauthorized: false, servername: base };
  return {
    ...{ rejectUnauthorized: true, servername: base },
    ca: [...anchors],
    // An authority in the middle may be the one that is meant.
    allowPartialTrustChain: true,
    checkServerIdentity: identityCheck(names),
  };
}

const identityCheck =
  (names: readonly string[]) =>
  (_name: string, certificate: PeerCertificate): Error | undefined => {
    const found = names.map((name) => checkServerIdentity(name, certificate));
    return found.includes(undefined) ? undefined : found[0];
  };
