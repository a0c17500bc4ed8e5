import { createHash, timingSafeEqual } from "node:crypto";

/** What a domain publishes of the certificate of one of its servers (RFC 6698 §2.1). */
export interface TlsaRecord {
  /** 2: an authority that must have signed it (DANE-TA); 3: the server's own (DANE-EE). 0 and 1 are not for SMTP. */
  readonly usage: number;
  /** 0: the whole certificate; 1: its public key. */
  readonly selector: number;
  /** 0: as it is; 1: its SHA-256; 2: its SHA-512. */
  readonly matchingType: number;
  readonly data: Uint8Array;
}

/** As it stands in a zone file: `3 1 1 0123…`. */
export const tlsaText = ({ usage, selector, matchingType, data }: TlsaRecord): string =>
  `${usage} ${selector} ${matchingType} ${Buffer.from(data).toString("hex").toUpperCase()}`;

/** The record that serves best for a certificate in DER: of its key, so that a renewal with the same key keeps to it (RFC 7671 §5.1). */
export const tlsaFor = (certificate: Uint8Array): TlsaRecord => ({
  usage: 3,
  selector: 1,
  matchingType: 1,
  data: createHash("sha256").update(publicKeyOf(certificate)).digest(),
});

/** Whether the record is of this certificate in DER, whatever its usage. */
export function matchesTlsa({ selector, matchingType, data }: TlsaRecord, certificate: Uint8Array): boolean {
  const selected = selector === 0 ? certificate : selector === 1 ? publicKeyOf(certificate) : null;
  if (selected === null) return false;
  const digest = matchingType === 1 ? "sha256" : matchingType === 2 ? "sha512" : null;
  if (digest === null && matchingType !== 0) return false;
  const shown = digest === null ? selected : createHash(digest).update(selected).digest();
  return shown.length === data.length && timingSafeEqual(shown, data);
}

/** One value in DER: where its contents begin and where it ends. */
function valueAt(der: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  const short = der[at + 1] ?? 0;
  if (short < 0x80) return { start: at + 2, end: at + 2 + short };
  const count = short & 0x7f;
  const length = der.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return { start: at + 2 + count, end: at + 2 + count + length };
}

/** The SubjectPublicKeyInfo of a certificate, byte by byte as it stands there: another encoding has another digest. */
function publicKeyOf(certificate: Uint8Array): Uint8Array {
  const contents = valueAt(certificate, 0).start;
  let at = valueAt(certificate, contents).start;
  // Before it: the version, where there is one, serial number, algorithm, issuer, validity, subject (RFC 5280 §4.1).
  for (let passed = certificate[at] === 0xa0 ? 6 : 5; passed > 0; passed--) at = valueAt(certificate, at).end;
  return certificate.subarray(at, valueAt(certificate, at).end);
}
