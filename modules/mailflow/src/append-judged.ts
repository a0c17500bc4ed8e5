import { type Actor, Failure, type MailboxId, type MessageId } from "@casaforte/kernel";
import {
  appendMessages,
  createMailbox,
  destroyMessages,
  flagBits,
  type IngestedMessage,
  type Mailbox,
  type MailboxEdgeServices,
  type MessageFlags,
  noFlags,
  readMailboxes,
} from "@casaforte/modules/mailbox";
import type { Judgement } from "@casaforte/modules/sieve";
import type { TenantTx } from "@casaforte/platform/db";
import type { Filing } from "./filing.ts";
import type { MailToAppend } from "./services.ts";

const actor: Actor = { kind: "system", name: "mailflow" };

interface Judged {
  readonly judgements: readonly (Judgement | null)[];
  readonly filing: Filing;
  readonly services: MailboxEdgeServices;
}

/** Some owners have rules: one message after the other, accounts in the order of their ids. The ids in the order given. */
export async function appendJudged(
  tx: TenantTx,
  mails: readonly MailToAppend[],
  { judgements, filing, services }: Judged,
): Promise<readonly MessageId[]> {
  const ids = new Map<MailToAppend, MessageId>();
  const inOrder = mails
    .map((mail, index) => ({ mail, judgement: judgements[index] ?? null }))
    .sort((a, b) => (a.mail.target.mailAccountId < b.mail.target.mailAccountId ? -1 : 1));
  for (const { mail, judgement } of inOrder) {
    ids.set(mail, await appendOne(tx, mail, judgement, services));
    if (judgement) await filing.carryOut(tx, mail, judgement);
  }
  return mails.map((mail) => ids.get(mail) as MessageId);
}

async function appendOne(
  tx: TenantTx,
  { mail, target }: MailToAppend,
  judgement: Judgement | null,
  services: MailboxEdgeServices,
): Promise<MessageId> {
  const accountId = target.mailAccountId;
  const mailboxes = [...(await readMailboxes(tx, accountId))];
  const inbox = mailboxes.find(({ role }) => role === "inbox");
  if (!inbox) throw new Failure("not_found", "mailbox.account_not_found", "no such mail account");
  const usual = mailboxes.find(({ role }) => role === target.place) ?? inbox;
  const ids = new Set<MailboxId>();
  let flags: MessageFlags = noFlags;
  for (const place of judgement?.places ?? []) {
    const named = place.mailbox === null ? usual : findPlace(mailboxes, place.mailbox, place.specialUse);
    const found = named ?? (place.create ? await make(tx, target, place.mailbox ?? "", services, mailboxes) : null);
    ids.add((found ?? usual).id);
    flags = withFlags(flags, place.flags);
  }
  const isThrownAway = judgement !== null && ids.size === 0;
  if (ids.size === 0) ids.add(usual.id);
  const messages = [{ message: mail as IngestedMessage, flags, receivedAtMs: target.receivedAtMs }];
  const result = await appendMessages(tx, actor, { accountId, mailboxIds: [...ids], messages }, services);
  const messageId = result.messages[0]?.messageId as MessageId;
  // Stored and gone in one step: the delivery is as done as any other, and nobody ever sees it.
  if (isThrownAway) await destroyMessages(tx, actor, { accountId, messageIds: [messageId] }, services);
  return messageId;
}

/** RFC 8579 §4: the mailbox of the use first, then the one named. */
function findPlace(mailboxes: readonly Mailbox[], name: string, specialUse: string | null): Mailbox | null {
  const use = specialUse?.toLowerCase();
  const byUse = use === undefined ? undefined : mailboxes.find(({ role }) => role !== null && `\\${role}` === use);
  return byUse ?? mailboxes.find(({ path, selectable }) => selectable && path === name) ?? null;
}

/** Null when it cannot be: the message then goes where it would have gone without the rule. */
async function make(
  tx: TenantTx,
  target: MailToAppend["target"],
  path: string,
  services: MailboxEdgeServices,
  mailboxes: Mailbox[],
): Promise<Mailbox | null> {
  try {
    const made = await createMailbox(tx, actor, { accountId: target.mailAccountId, path, subscribed: true }, services);
    mailboxes.push(made);
    return made;
  } catch (error) {
    if (error instanceof Failure && error.kind !== "conflict") return null;
    throw error;
  }
}

/** Flags that are no keywords (RFC 9051 §9) are left out. */
function withFlags(flags: MessageFlags, added: readonly string[]): MessageFlags {
  let { bits } = flags;
  const keywords = new Set(flags.keywords);
  for (const flag of added) {
    const system = /^\\(seen|answered|flagged|deleted|draft)$/i.exec(flag)?.[1]?.toLowerCase();
    if (system) bits |= flagBits[system as keyof typeof flagBits];
    else if (/^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,100}$/.test(flag)) keywords.add(flag);
  }
  return { bits, keywords: [...keywords] };
}
