import type { MailAccountImport, MailAccountImportReply } from "@casaforte/contract/mail";
import { attempt, Failure } from "@casaforte/kernel";
import { holdUnvetted } from "@casaforte/modules/tenancy";
import {
  addressTaken,
  assertFewAccounts,
  checkAddress,
  checkDisplayName,
  checkQuota,
  quotaWhere,
} from "./create-mail-account.ts";
import type { MailAccountHttpServices, UserActor } from "./http-services.ts";
import { mailboxLimits } from "./limits.ts";
import { passwordWords } from "./password-words.ts";
import { selectAddressesInUse } from "./store-accounts.ts";

type ImportRow = MailAccountImport["rows"][number];

export interface JudgedRow {
  readonly row: ImportRow;
  /** As it would be stored. */
  readonly address: string;
  readonly outcome: Exclude<MailAccountImportReply["rows"][number]["outcome"], "created">;
  readonly code: string | null;
}

/**
 * What would become of each row if it came alone, by the rules that `createMailAccount` and the hooks follow and in their
 * order: the first that speaks against it. One transaction of a few readings, whatever the number of rows.
 */
export async function judgeImport(
  services: MailAccountHttpServices,
  actor: UserActor,
  rows: readonly ImportRow[],
): Promise<readonly JudgedRow[]> {
  const { db, hooks } = services;
  const addresses = rows.map((row) => attempt(() => checkAddress(row.address)));
  const asked = [...new Set(addresses.filter((address) => typeof address === "string"))];
  const { inUse, isUnvetted, noPlace, refused } = await db.tenant(actor.tenantId, async (tx) => {
    const waits = await holdUnvetted(tx);
    return {
      inUse: await selectAddressesInUse(tx, asked),
      isUnvetted: waits,
      noPlace: waits ? await assertFewAccounts(tx, { isNew: true }).then(() => null, asFailure) : null,
      refused: new Map((await hooks.refused(tx, asked)).map((failure, at) => [asked[at], failure])),
    };
  });
  const against = (row: ImportRow, address: string): Failure | null => {
    const said = attempt(() => {
      if (row.password !== "")
        hooks.checkPassword({ password: row.password, words: passwordWords(address, row.displayName) });
      if (noPlace !== null) throw noPlace;
      checkDisplayName(row.displayName);
      quotaWhere(isUnvetted, checkQuota(row.quotaBytes === null ? null : BigInt(row.quotaBytes)));
      return inUse.has(address) ? addressTaken() : null;
    });
    return said ?? refused.get(address) ?? null;
  };
  return rows.map((row, at) => {
    const address = addresses[at] ?? "";
    if (address instanceof Failure) {
      const shown = row.address.trim().slice(0, mailboxLimits.shownAddressCharsMax);
      return { row, address: shown, outcome: "wrong", code: address.code };
    }
    if (inUse.get(address) === "own") return { row, address, outcome: "exists", code: null };
    const refusal = against(row, address);
    return { row, address, outcome: refusal === null ? "ready" : "wrong", code: refusal?.code ?? null };
  });
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}
