import type { MailAccountImport, MailAccountImportReply } from "@casaforte/contract/mail";
import { assert, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { readMailAccount } from "./change-mail-account.ts";
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
 * sent again: accounts that are there are left alone, but for a new link where the row has no password and its person has
 * yet to choose one, since whoever sends a file again may never have seen the earlier link.
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
  const part: Part = { services, actor, invited: new Set() };
  // One after the other: a file must not take every connection of the house.
  for await (const [one, hash] of inOrder(ready, mailboxLimits.importHashesAtOnce, hashOf))
    made.set(one, await createRow(part, one, hash));
  for (const one of judged)
    if (one.awaiting !== null && one.row.password === "") made.set(one, await inviteAgain(part, one, one.awaiting));
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

interface Part {
  readonly services: MailAccountHttpServices;
  readonly actor: UserActor;
  /** Who has a link of this part, which a further row of the same address must not end. */
  readonly invited: Set<MailAccountId>;
}

const toOutcome = ({ row, address, outcome, code, awaiting }: JudgedRow): Outcome => ({
  line: row.line,
  address,
  outcome,
  code,
  awaitsPassword: awaiting !== null,
  invitation: null,
});

async function createRow(part: Part, judged: JudgedRow, passwordHash: string | null): Promise<Outcome> {
  const { services, actor } = part;
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
    if (invited === null) return { ...toOutcome(judged), outcome: "created" };
    part.invited.add(input.accountId);
    return { ...toOutcome(judged), outcome: "created", awaitsPassword: true, invitation: toInvitation(invited) };
  } catch (error) {
    if (!(error instanceof Failure && isOfTheRow(error))) throw error;
    // Made since the rows were judged: further up in the file, or by this very part when it was sent before.
    const own = await db.tenant(
      actor.tenantId,
      async (tx) => {
        const id = (await selectAddressesInUse(tx, [address])).get(address);
        return id ? { id, access: (await hooks.access(tx, [id])).get(id) } : null;
      },
      { readOnly: true },
    );
    if (own === null) return { ...toOutcome(judged), outcome: "wrong", code: error.code };
    const awaiting = own.access?.hasPassword === false ? own.id : null;
    const there: JudgedRow = { ...judged, outcome: "exists", awaiting };
    return awaiting !== null && row.password === "" ? inviteAgain(part, there, awaiting) : toOutcome(there);
  }
}

/** A new link for the person of an account that is there, who has no password; an earlier link ends. */
async function inviteAgain(part: Part, judged: JudgedRow, accountId: MailAccountId): Promise<Outcome> {
  const { db, hooks } = part.services;
  const { actor, invited } = part;
  if (invited.has(accountId)) return toOutcome(judged);
  try {
    const invitation = await db.tenant(actor.tenantId, async (tx) =>
      hooks.invited(tx, actor, { account: await readMailAccount(tx, actor, { accountId }) }),
    );
    invited.add(accountId);
    return { ...toOutcome(judged), invitation: toInvitation(invitation) };
  } catch (error) {
    if (!(error instanceof Failure && isOfTheRow(error))) throw error;
    // Since the rows were judged its person chose a password, or it may not be invited: it stays as it is.
    return { ...toOutcome(judged), awaitsPassword: false };
  }
}

const toInvitation = ({ link, expiresAt }: { readonly link: string; readonly expiresAt: Date }) => ({
  link,
  expiresAt: expiresAt.toISOString(),
});

/** What another row may not suffer. */
const isOfTheRow = ({ kind }: Failure): boolean =>
  kind === "invalid" ||
  kind === "conflict" ||
  kind === "not_found" ||
  kind === "over_quota" ||
  kind === "too_large" ||
  kind === "precondition";
