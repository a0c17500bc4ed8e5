import { timingSafeEqual } from "node:crypto";
import type { BoardReply } from "@casaforte/contract/health";
import { providerTenantId, toHex, utf8 } from "@casaforte/kernel";
import { type AuditEntry, listAudit, listEntriesOfObject } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { MasterKey } from "@casaforte/platform/blobstore";
import type { OperatorTx } from "@casaforte/platform/db";
import { deriveKey } from "./keys.ts";

/** A master key as it may be named in a log: what its escrowed copy is compared with. */
export interface KeyCheck {
  readonly id: number;
  /** Hexadecimal. */
  readonly value: string;
}

/** When a copy of a configured master key was last seen to be that key (R98). */
export interface EscrowStanding {
  readonly keyId: number;
  /** Null: never. */
  readonly checkedAt: Date | null;
  /** Who did, at the console of which account; null: nobody yet. */
  readonly by: string | null;
  readonly isLate: boolean;
}

interface EscrowCheck {
  readonly key: KeyCheck;
  readonly at: Date;
  readonly by: string;
}

const escrowAction = "keys.escrow_checked";
const checksOfKeys = { tenantId: providerTenantId, action: escrowAction, objectKind: "master_key" } as const;
const checksMax = 200;
const dayMs = 86_400_000;
/** Yearly, with a month to get to it. */
const checkLastsMs = 400 * dayMs;
/** What a new installation has until its first check. */
const firstCheckMs = 30 * dayMs;

/** By a label of its own (HKDF), so that nothing else that comes from the key can be told from it. */
export const keyCheckOf = ({ id, key }: MasterKey): KeyCheck => ({ id, value: toHex(deriveKey(key, "escrow check")) });

export const isSameKey = (one: KeyCheck, other: KeyCheck): boolean =>
  one.value.length === other.value.length && timingSafeEqual(utf8(one.value), utf8(other.value));

/** How it stands with the copies of these keys. An entry of another key under the same number does not count. */
export async function readEscrow(
  tx: OperatorTx,
  keys: readonly KeyCheck[],
  nowMs: number,
): Promise<readonly EscrowStanding[]> {
  const { createdAt } = await readTenant(tx, providerTenantId);
  const standings: EscrowStanding[] = [];
  for (const key of keys) {
    // By number: whoever watches the program asks this every few seconds, and the log is long.
    const entries = await listEntriesOfObject(tx, { ...checksOfKeys, objectId: String(key.id), count: checksMax });
    const last = entries.map(checkOf).find((check) => isSameKey(check.key, key));
    const dueMs = last ? last.at.getTime() + checkLastsMs : createdAt.getTime() + firstCheckMs;
    standings.push({ keyId: key.id, checkedAt: last?.at ?? null, by: last?.by ?? null, isLate: nowMs >= dueMs });
  }
  return standings;
}

/** The newest 200 checks, newest first, of keys that left the configuration too. */
export async function listEscrowChecks(tx: OperatorTx): Promise<readonly EscrowCheck[]> {
  const { entries } = await listAudit(tx, { ...checksOfKeys, count: checksMax });
  return entries.map(checkOf);
}

const checkOf = ({ objectId, at, details }: AuditEntry): EscrowCheck => ({
  key: { id: Number(objectId), value: String(details["value"] ?? "") },
  at,
  by: String(details["by"] ?? ""),
});

/** The board's part about it: the copies that somebody must look at. */
export const lateEscrow = (standings: readonly EscrowStanding[]): BoardReply["escrow"] =>
  standings
    .filter(({ isLate }) => isLate)
    .map(({ keyId, checkedAt }) => ({ keyId, checkedAt: checkedAt?.toISOString() ?? null }));

/** What a person reads of a copy: `the escrow copy of key 2 was last checked 400 days ago`. */
export function escrowWords({ keyId, checkedAt, by }: EscrowStanding, nowMs: number): string {
  if (checkedAt === null) return `the escrow copy of key ${keyId} was never checked`;
  const days = Math.floor((nowMs - checkedAt.getTime()) / dayMs);
  const when = days === 0 ? "today" : days === 1 ? "yesterday" : `${days} days ago`;
  return `the escrow copy of key ${keyId} was last checked ${when}${by === null ? "" : ` by ${by}`}`;
}
