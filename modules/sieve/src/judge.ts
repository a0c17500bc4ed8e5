import { createHash } from "node:crypto";
import type { Clock, MailAccountId } from "@casaforte/kernel";
import { decodeHeaderText, type MessageIndex } from "@casaforte/mime";
import { listAddresses } from "@casaforte/modules/domains";
import { type Mailbox, readMailAccount, readMailboxes } from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import {
  type FileAction,
  runSieve,
  type SieveMessage,
  type SieveOutcome,
  sieveMessage,
  type VacationAction,
} from "@casaforte/sieve";
import { isSenderProven } from "./is-sender-proven.ts";
import { filingLimits } from "./limits.ts";
import { mayAnswer } from "./may-answer.ts";
import type { Programs } from "./programs.ts";
import { type AccountRules, claimReply, selectRules } from "./store.ts";
import type { Judgement, Reply, Vacation } from "./types.ts";
import { wasHere } from "./was-here.ts";

/** A message for one account. */
export interface Arrival {
  readonly accountId: MailAccountId;
  /** Envelope; the null sender is empty. */
  readonly sender: string;
  readonly recipient: string;
  readonly isSpam: boolean;
  readonly index: MessageIndex;
  read(): Promise<Uint8Array>;
}

export interface JudgeServices {
  readonly clock: Clock;
  readonly programs: Programs;
  readonly hostname: string;
  /** Whether an answer of that account may go out now; one that may not is not given, and does not count as given. */
  readonly mayReply: (accountId: MailAccountId) => Promise<boolean>;
}

/** What the owners want done, for those arrivals whose owners want anything; null: into the mailbox as ever. */
export async function judgeArrivals(
  tx: TenantTx,
  arrivals: readonly Arrival[],
  services: JudgeServices,
): Promise<readonly (Judgement | null)[]> {
  const accounts = [...new Set(arrivals.map(({ accountId }) => accountId))];
  const rules = new Map((await selectRules(tx, accounts)).map((one) => [one.accountId, one]));
  const judgements: (Judgement | null)[] = [];
  // One by one: each may write that somebody was answered.
  for (const arrival of arrivals) {
    const own = rules.get(arrival.accountId);
    judgements.push(own ? await judge(tx, arrival, own, services) : null);
  }
  return judgements;
}

async function judge(
  tx: TenantTx,
  arrival: Arrival,
  { script, vacation }: AccountRules,
  services: JudgeServices,
): Promise<Judgement> {
  const bytes = await arrival.read();
  const message = sieveMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), arrival.index);
  const outcome = await run(tx, arrival, script, message, services);
  const places = outcome.actions.filter((action) => action.kind === "file");
  const redirects = outcome.actions.flatMap((action) => (action.kind === "redirect" ? [action.address] : []));
  const rejection = outcome.actions.find(({ kind }) => kind === "reject");
  if (await wasHere(tx, arrival, message.fields("delivered-to"))) {
    // It came back from where it was sent: passed on again it would circle.
    return keptBack({ places, redirects: [], rejection: null, reply: null, error: null });
  }
  const mayReject = !arrival.isSpam && isSenderProven(message, arrival.sender, services.hostname);
  // Whose name was forged has nothing to do with it.
  if (rejection !== undefined && !mayReject)
    return keptBack({ places, redirects: [], rejection: null, reply: null, error: outcome.error });
  // Spam is not passed on.
  if (arrival.isSpam && redirects.length > 0)
    return keptBack({ places, redirects: [], rejection: null, reply: null, error: outcome.error });
  const answer = outcome.actions.find((action) => action.kind === "vacation") ?? answerOf(vacation, services.clock);
  return {
    places,
    redirects,
    rejection: rejection?.kind === "reject" ? rejection.reason : null,
    reply: answer && rejection === undefined ? await replyTo(tx, arrival, message, answer, services) : null,
    error: outcome.error,
  };
}

/** What is not passed on is kept, if nowhere else in the inbox. */
export const keptBack = (judgement: Judgement): Judgement => ({
  ...judgement,
  places: judgement.places.length > 0 ? judgement.places : [inbox],
  redirects: [],
});

const inbox: FileAction = { kind: "file", mailbox: null, create: false, specialUse: null, flags: [] };

async function run(
  tx: TenantTx,
  arrival: Arrival,
  script: string | null,
  message: SieveMessage,
  { programs, clock, hostname }: JudgeServices,
): Promise<SieveOutcome> {
  const program = script === null ? null : programs.of(script);
  if (program === null) return { actions: [inbox], error: script === null ? null : "the script cannot run" };
  const needsMailboxes = program.capabilities.has("mailbox") || program.capabilities.has("special-use");
  const mailboxes: readonly Mailbox[] = needsMailboxes ? await readMailboxes(tx, arrival.accountId) : [];
  return runSieve(program, message, {
    envelope: { from: arrival.sender, to: arrival.recipient },
    nowMs: clock.nowMs(),
    zoneMinutes: 0,
    spamPercent: arrival.isSpam ? 100 : null,
    mailboxExists: (name) => mailboxes.some(({ path }) => path === (name.toUpperCase() === "INBOX" ? "INBOX" : name)),
    hasSpecialUse: (use, name) =>
      mailboxes.some(
        ({ path, role }) => role !== null && `\\${role}` === use.toLowerCase() && (name === null || path === name),
      ),
    items: { name: "Casaforte", location: "MDA", phase: "during", host: hostname, domain: hostname },
  });
}

type Answer = Pick<VacationAction, "days" | "subject" | "from" | "addresses" | "reason" | "mime" | "handle"> & {
  readonly html?: string | null;
};

/** The answer of the form, when its time is now. */
function answerOf(vacation: Vacation | null, clock: Clock): Answer | null {
  const now = clock.nowMs();
  if (!vacation || now < (vacation.fromAt?.getTime() ?? 0)) return null;
  if (vacation.untilAt !== null && now >= vacation.untilAt.getTime()) return null;
  const { subject, textBody, htmlBody, fromAt } = vacation;
  return {
    days: filingLimits.vacationDays,
    subject,
    from: null,
    addresses: [],
    reason: textBody ?? "",
    html: htmlBody,
    mime: false,
    // A new absence answers everybody again.
    handle: `form ${fromAt?.getTime() ?? 0} ${subject ?? ""}\0${textBody ?? ""}\0${htmlBody ?? ""}`,
  };
}

async function replyTo(
  tx: TenantTx,
  arrival: Arrival,
  message: SieveMessage,
  answer: Answer,
  { clock, mayReply }: JudgeServices,
): Promise<Reply | null> {
  const { accountId, sender, recipient, isSpam } = arrival;
  if (isSpam) return null;
  const account = await readMailAccount(tx, { kind: "system", name: "sieve" }, { accountId });
  const aliases = (await listAddresses(tx, { mailAccountId: accountId }))
    .filter(({ kind }) => kind === "mailbox" || kind === "alias")
    .map(({ localPart, domainName }) => `${localPart}@${domainName}`);
  const own = new Set([account.address, ...aliases].map((address) => address.toLowerCase()));
  const named = new Set([...own, recipient.toLowerCase(), ...answer.addresses.map((address) => address.toLowerCase())]);
  if (!mayAnswer(message, sender, named) || !(await mayReply(accountId))) return null;
  const nowMs = clock.nowMs();
  const key = createHash("sha256").update(`${answer.handle}\0${sender.toLowerCase()}`).digest();
  const before = new Date(nowMs - answer.days * 86_400_000);
  if (!(await claimReply(tx, accountId, { key, at: new Date(nowMs), before }))) return null;
  const subject = decodeHeaderText(message.fields("subject")[0] ?? null);
  const wanted = answer.from?.toLowerCase();
  return {
    to: sender,
    // RFC 5230 §4.3: only an address of the owner; else the one that was written to, if it is his.
    from:
      wanted !== undefined && own.has(wanted) ? wanted : own.has(recipient.toLowerCase()) ? recipient : account.address,
    subject: (answer.subject ?? `Auto: ${subject}`).slice(0, filingLimits.vacationSubjectMax),
    text: answer.reason,
    html: answer.html ?? null,
    isMime: answer.mime,
    inReplyTo: (message.fields("message-id")[0] ?? "").trim().slice(0, 500),
  };
}
