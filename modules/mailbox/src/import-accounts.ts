import type { MailAccountImport, MailAccountImportReply } from "@casaforte/contract/mail";
import { assert, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { createMailAccount } from "./create-mail-account.ts";
import type { MailAccountHttpServices, UserActor } from "./http-services.ts";
import { type JudgedRow, judgeImport } from "./judge-import.ts";
import { mailboxLimits } from "./limits.ts";
import { passwordWords } from "./password-words.ts";
import { selectAddressesInUse } from "./store-accounts.ts";

type Outcome = MailAccountImportReply["rows"][number];

/**
 * One part of a file of mail accounts (R12). A preview asks all rules about all rows at once and changes nothing. Creating
 * asks the same, then makes each row that may be made in a transaction of its own, so that wrong rows stop nothing; one
 * without a password gets an invitation link. What is no fault of a row (the database is away) is thrown; the part can be
 * sent again, for accounts that are there are left alone.
 */
export async function importMailAccounts(
  services: MailAccountHttpServices,
  actor: UserActor,
  { mode, rows }: MailAccountImport,
): Promise<MailAccountImportReply> {
  const judged = await judgeImport(services, actor, rows);
  if (mode === "preview") return { rows: judged.map(toOutcome) };
  const ready = judged.filter(({ outcome }) => outcome === "ready");
  const hashOf = async ({ row, address }: JudgedRow): Promise<string | null> => {
    if (row.password === "") return null;
    const words = passwordWords(address, row.displayName);
    return services.hooks.preparePassword({ password: row.password, words });
  };
  const made = new Map<JudgedRow, Outcome>();
  // One after the other: a file must not take every connection of the house.
  for await (const [one, hash] of inOrder(ready, mailboxLimits.importHashesAtOnce, hashOf))
    made.set(one, await createRow(services, actor, one, hash));
  return { rows: judged.map((one) => made.get(one) ?? toOutcome(one)) };
}

/** Each item with what became of it, in their order; so many are worked on at once, also while one that is done is used. */
async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const running: Promise<readonly [T, R]>[] = [];
  for (const item of items) {
    const done = running.length < atOnce ? undefined : await running.shift();
    const begun = work(item).then((result) => [item, result] as const);
    // Whoever takes it hears of it; where nobody does any more, nobody needs to.
    begun.catch(() => {});
    running.push(begun);
    if (done) yield done;
  }
  yield* running;
}

const toOutcome = ({ row, address, outcome, code }: JudgedRow): Outcome => ({
  line: row.line,
  address,
  outcome,
  code,
  invitation: null,
});

async function createRow(
  services: MailAccountHttpServices,
  actor: UserActor,
  judged: JudgedRow,
  passwordHash: string | null,
): Promise<Outcome> {
  const { db, hooks, clock, random } = services;
  const { row, address } = judged;
  assert((passwordHash === null) === (row.password === ""), "only who has no password is invited");
  const input = {
    accountId: newId<MailAccountId>(clock, random),
    address,
    displayName: row.displayName,
    quotaBytes: row.quotaBytes === null ? null : BigInt(row.quotaBytes),
  };
  try {
    const invited = await db.tenant(actor.tenantId, async (tx) => {
      const account = await createMailAccount(tx, actor, input, services);
      await hooks.created(tx, actor, { account, passwordHash });
      return passwordHash === null ? hooks.invited(tx, actor, { account }) : null;
    });
    const invitation = invited && { link: invited.link, expiresAt: invited.expiresAt.toISOString() };
    return { ...toOutcome(judged), outcome: "created", invitation };
  } catch (error) {
    if (!(error instanceof Failure && isOfTheRow(error))) throw error;
    // Made since the rows were judged: further up in the file, or by this very part when it was sent before.
    const inUse = await db.tenant(actor.tenantId, (tx) => selectAddressesInUse(tx, [address]), { readOnly: true });
    if (inUse.get(address) === "own") return { ...toOutcome(judged), outcome: "exists" };
    return { ...toOutcome(judged), outcome: "wrong", code: error.code };
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
