import { createHash } from "node:crypto";
import { type Actor, romeDate } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { billingLimits } from "./limits.ts";
import type { BillingServices } from "./services.ts";
import {
  type ArchiveCheck,
  type HashedDocument,
  insertArchiveCheck,
  selectArchiveCheck,
  selectHashed,
} from "./store-archive.ts";

type CheckServices = Pick<BillingServices, "db" | "clock" | "logger">;

export const isSound = ({ damaged, isListKept }: ArchiveCheck): boolean => damaged === 0 && isListKept !== false;

/** The year's look, once it found everything in order; until then each day again (R49). Null: it is not due. */
export async function checkArchiveYearly(
  services: CheckServices,
  actor: Actor,
  signal: AbortSignal,
): Promise<ArchiveCheck | null> {
  const { db, clock } = services;
  const sound = await db.operator((tx) => selectArchiveCheck(tx, "sound"), { readOnly: true });
  if (sound !== null && romeDate(sound.at.getTime()).year === romeDate(clock.nowMs()).year) return null;
  return checkArchive(services, actor, sound, signal);
}

/**
 * Verifies the hash list of every kept document: each one's bytes against its hash, and the list of the last sound look,
 * made again, against the hash that it had then. So a document is missed, too, that is gone or was changed with its hash.
 */
async function checkArchive(
  { db, clock, logger }: CheckServices,
  actor: Actor,
  before: ArchiveCheck | null,
  signal: AbortSignal,
): Promise<ArchiveCheck> {
  const nowMs = clock.nowMs();
  const listedUntil = new Date(nowMs - billingLimits.archiveSettleMs);
  const [list, listBefore] = [createHash("sha256"), createHash("sha256")];
  let [documents, damaged] = [0, 0];
  for await (const each of hashList({ db }, listedUntil, signal)) {
    const line = `${each.sha256}  ${each.tenantId}/${each.invoiceId}/${each.kind}/${each.transmission}\n`;
    list.update(line);
    if (before !== null && each.madeAt <= before.listedUntil) listBefore.update(line);
    documents++;
    if (each.isWhole) continue;
    damaged++;
    logger.error("billing.document_damaged", null, { tenantId: each.tenantId, file: each.fileName });
  }
  const check: ArchiveCheck = {
    at: new Date(nowMs),
    listedUntil,
    documents,
    damaged,
    listSha256: list.digest("hex"),
    isListKept: before === null ? null : listBefore.digest("hex") === before.listSha256,
  };
  await db.operator(async (tx) => {
    await insertArchiveCheck(tx, check);
    const { listSha256, isListKept } = check;
    await recordAudit(tx, actor, {
      action: "billing.archive_checked",
      object: { kind: "archive", id: check.at.toISOString() },
      details: { documents, damaged, listSha256, isListKept },
    });
  });
  if (!isSound(check)) logger.error("billing.archive_unsound", null, { documents, damaged });
  return check;
}

async function* hashList(
  { db }: Pick<BillingServices, "db">,
  madeUntil: Date,
  signal: AbortSignal,
): AsyncGenerator<HashedDocument> {
  let after: HashedDocument | null = null;
  for (;;) {
    signal.throwIfAborted();
    const from: HashedDocument | null = after;
    const page: HashedDocument[] = await db.operator(
      (tx) => selectHashed(tx, madeUntil, from, billingLimits.archiveHashedAtOnce),
      { readOnly: true },
    );
    yield* page;
    after = page.at(-1) ?? null;
    if (page.length < billingLimits.archiveHashedAtOnce) return;
  }
}
