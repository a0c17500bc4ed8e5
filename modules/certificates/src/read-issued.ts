import type { Bytes, Logger } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { CertificatePair } from "@casaforte/platform/net";
import { certificateLimits } from "./limits.ts";
import { openKey, ownerOf } from "./seal-key.ts";
import { selectIssued, selectPairs } from "./store.ts";

export interface ReadPair extends CertificatePair {
  readonly issuedAtMs: number;
}

/**
 * The certificates that servers show, by name; those of `known` that did not change are taken over from there. Where a
 * customer's name is one of the provider's own, the provider's is shown. One that cannot be opened is left out and logged.
 */
export async function readIssued(
  { db, secretKey, logger }: { readonly db: Db; readonly secretKey: Bytes; readonly logger: Logger },
  known: ReadonlyMap<string, ReadPair>,
): Promise<ReadonlyMap<string, ReadPair>> {
  const listed = new Map<string, number>();
  for (const { name, issuedAt } of await db.lookup(selectIssued, { readOnly: true }))
    listed.set(name, issuedAt.getTime());
  const pairs = new Map<string, ReadPair>();
  const changed: string[] = [];
  for (const [name, issuedAtMs] of listed) {
    const before = known.get(name);
    if (before?.issuedAtMs === issuedAtMs) pairs.set(name, before);
    else changed.push(name);
  }
  for (let from = 0; from < changed.length; from += certificateLimits.pairsAtOnce) {
    const some = changed.slice(from, from + certificateLimits.pairsAtOnce);
    for (const row of await db.lookup((tx) => selectPairs(tx, some), { readOnly: true })) {
      const { name, chain } = row;
      try {
        const key = openKey(secretKey, ownerOf(row), row.sealedKey);
        pairs.set(name, { key, cert: chain, issuedAtMs: row.issuedAt.getTime() });
      } catch (error) {
        logger.error("certificates.unreadable", error, { name });
      }
    }
  }
  return pairs;
}
