import { createHash } from "node:crypto";
import type { IdentityRecord } from "@casaforte/jmap";
import type { TenantTx } from "@casaforte/platform/db";
import { identityId } from "./identity-id.ts";
import type { JmapServices } from "./jmap-submission.ts";
import { lockedAccount } from "./locked-account.ts";
import type { MailAccount } from "./mail-account.ts";
import { hintChange } from "./services.ts";
import { stepAccount } from "./store-changes.ts";
import { dropToldIdentity, putToldIdentity, selectToldIdentities } from "./store-identity-states.ts";
import { selectIdentities } from "./store-jmap.ts";

type Owner = Pick<MailAccount, "id" | "address" | "displayName">;

/** Whom an account may write as now, its own address first. */
export async function readIdentities(
  tx: TenantTx,
  { id, address, displayName }: Owner,
  services: JmapServices,
): Promise<readonly IdentityRecord[]> {
  const [rows, granted] = await Promise.all([
    selectIdentities(tx, id),
    services.senderAddresses?.(tx, id) ?? Promise.resolve([]),
  ]);
  const onBehalf = new Set(granted.filter(({ isOnBehalf }) => isOnBehalf).map((one) => one.address));
  return [...new Set([address, ...granted.map((one) => one.address)])].map((email) => {
    const own = rows.find((row) => row.address === email);
    const isOnBehalf = email !== address && onBehalf.has(email);
    return {
      id: identityId(email),
      email,
      // The owner of the address is somebody else: his name is not known here.
      name: own?.name ?? (isOnBehalf ? "" : displayName),
      replyTo: own?.replyTo ?? null,
      bcc: own?.bcc ?? null,
      sender: isOnBehalf ? { name: displayName || null, email: address } : null,
      textSignature: own?.textSignature ?? "",
      htmlSignature: own?.htmlSignature ?? "",
    };
  });
}

/** Whether clients know of all that is so now. */
export async function isIdentityTold(
  tx: TenantTx,
  owner: Owner,
  identities: readonly IdentityRecord[],
): Promise<boolean> {
  const told = await selectToldIdentities(tx, owner.id);
  return told.size === identities.length && identities.every((one) => told.get(one.email) === fingerprint(one));
}

/**
 * Compares what is so with what clients were told, under the account's lock, and takes one step of its state for the
 * difference: addresses and rights are given and taken elsewhere, by people who know nothing of states (RFC 8621 §6.2).
 */
export async function noteIdentities(tx: TenantTx, owner: Owner, services: JmapServices): Promise<void> {
  const locked = await lockedAccount(tx, owner.id);
  const now = await readIdentities(tx, owner, services);
  const told = await selectToldIdentities(tx, owner.id);
  const changed = now.filter((one) => told.get(one.email) !== fingerprint(one));
  const gone = [...told.keys()].filter((address) => now.every(({ email }) => email !== address));
  if (changed.length === 0 && gone.length === 0) return;
  const accountId = owner.id;
  const modseq = locked.modseq + 1;
  for (const one of changed)
    await putToldIdentity(tx, { accountId, address: one.email, told: fingerprint(one), modseq });
  for (const address of gone) await dropToldIdentity(tx, { accountId, address, modseq });
  await stepAccount(tx, accountId, { modseq });
  hintChange(tx, services, accountId);
}

const fingerprint = (identity: IdentityRecord): string =>
  createHash("sha256").update(JSON.stringify(identity)).digest("base64url").slice(0, 27);
