import type { MailAccountImport, MailAccountImportReply } from "@casaforte/contract/mail";
import { attempt, Failure, type MailAccountId } from "@casaforte/kernel";
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
  /** The account that is there already, where its person has yet to choose a password. */
  readonly awaiting: MailAccountId | null;
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
  const { inUse, access, isUnvetted, noPlace, refused } = await db.tenant(actor.tenantId, async (tx) => {
    const waits = await holdUnvetted(tx);
    const found = await selectAddressesInUse(tx, asked);
    const own = [...found.values()].filter((id) => id !== null);
    return {
      inUse: found,
      access: await hooks.access(tx, own),
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
      return { row, address: shown, outcome: "wrong", code: address.code, awaiting: null };
    }
    const own = inUse.get(address);
    if (own) {
      const awaiting = access.get(own)?.hasPassword === false ? own : null;
      return { row, address, outcome: "exists", code: null, awaiting };
    }
    const refusal = against(row, address);
    const outcome = refusal === null ? "ready" : "wrong";
    return { row, address, outcome, code: refusal?.code ?? null, awaiting: null };
  });
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}
