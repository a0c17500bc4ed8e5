import type { MailAccountImport, MailAccountImportReply } from "@casaforte/contract/mail";
import { Failure, type MailAccountId, newId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { checkAddress, createMailAccount } from "./create-mail-account.ts";
import type { MailAccountHttpServices, UserActor } from "./http-services.ts";
import { mailboxLimits } from "./limits.ts";
import { passwordWords } from "./password-words.ts";
import { selectAccountOfAddress } from "./store-accounts.ts";

type Row = MailAccountImport["rows"][number];
type Outcome = MailAccountImportReply["rows"][number];

/** Ends a transaction that was only a rehearsal. */
class Rehearsed extends Error {}

/**
 * One part of a file of mail accounts (R12): each row in a transaction of its own, so that wrong rows stop nothing. A
 * preview does what apply would do, all of it, and takes it back: what it says is what will happen. What is no fault of
 * a row (the database is away) is thrown; the part can be sent again, for accounts that are there are left alone.
 */
export async function importMailAccounts(
  services: MailAccountHttpServices,
  actor: UserActor,
  { mode, rows }: MailAccountImport,
): Promise<MailAccountImportReply> {
  const outcomes: Outcome[] = [];
  // One after the other: a file must not take every connection of the house.
  for (const row of rows) outcomes.push(await importRow(services, actor, mode, row));
  return { rows: outcomes };
}

async function importRow(
  services: MailAccountHttpServices,
  actor: UserActor,
  mode: MailAccountImport["mode"],
  row: Row,
): Promise<Outcome> {
  const { db, hooks, clock, random } = services;
  let address = row.address.trim().slice(0, mailboxLimits.shownAddressCharsMax);
  try {
    address = checkAddress(row.address);
    const owned = await db.tenant(actor.tenantId, (tx) => selectAccountOfAddress(tx, address), { readOnly: true });
    if (owned !== null) return { line: row.line, address, outcome: "exists", code: null };
    const words = passwordWords(address, row.displayName);
    hooks.checkPassword({ password: row.password, words });
    const passwordHash = mode === "apply" ? await hooks.preparePassword({ password: row.password, words }) : "";
    const input = {
      accountId: newId<MailAccountId>(clock, random),
      address,
      displayName: row.displayName,
      quotaBytes: row.quotaBytes === null ? null : BigInt(row.quotaBytes),
    };
    const create = async (tx: TenantTx) => {
      const account = await createMailAccount(tx, actor, input, services);
      await hooks.created(tx, actor, { account, passwordHash });
      if (mode === "preview") throw new Rehearsed();
    };
    await db.tenant(actor.tenantId, create);
    return { line: row.line, address, outcome: "created", code: null };
  } catch (error) {
    if (error instanceof Rehearsed) return { line: row.line, address, outcome: "ready", code: null };
    if (error instanceof Failure && isOfTheRow(error))
      return { line: row.line, address, outcome: "wrong", code: error.code };
    throw error;
  }
}

/** What another row may not suffer. */
const isOfTheRow = ({ kind }: Failure): boolean =>
  kind === "invalid" ||
  kind === "conflict" ||
  kind === "not_found" ||
  kind === "over_quota" ||
  kind === "too_large" ||
  kind === "precondition";
