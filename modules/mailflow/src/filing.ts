import { Readable } from "node:stream";
import { type Id, type MailAccountId, newId, utf8 } from "@casaforte/kernel";
import { dkimSignersOf, parseMailAddress } from "@casaforte/modules/domains";
import type { IngestedMessage } from "@casaforte/modules/mailbox";
import { isSwitchedOff } from "@casaforte/modules/measures";
import { assertNoRules, type Judgement, judgeArrivals, keptBack, Programs, type Reply } from "@casaforte/modules/sieve";
import type { TenantTx } from "@casaforte/platform/db";
import { noDsn } from "@casaforte/smtp";
import MailComposer from "nodemailer/lib/mail-composer";
import { acceptOutgoing } from "./accept-message.ts";
import { acceptReport, prepareReport } from "./delivery-report.ts";
import { sign } from "./dkim-signature.ts";
import { forwardedDsn } from "./dsn.ts";
import { tellOfRate } from "./rate-alarm.ts";
import { countPassedOn } from "./recipients-an-hour.ts";
import { recordEvent } from "./record-event.ts";
import type { DeliverTarget, MailflowServices, MailToAppend } from "./services.ts";
import { rewriteSender } from "./srs.ts";
import { isStopped } from "./store-abuse.ts";
import type { TraceId } from "./types.ts";

/** What the mail flow has beside the store that it files into. */
export type FilingServices = Omit<MailflowServices, "mailStore">;

/** Asks the owners' rules at delivery, and does what they want beside filing. */
export interface Filing {
  /** One statement. @throws conflict `sieve.has_rules` when some of these owners have rules or answer by themselves. */
  assertNoRules(tx: TenantTx, accounts: readonly MailAccountId[]): Promise<void>;
  /** Null: no rules, into the mailbox as ever. */
  judge(tx: TenantTx, mails: readonly MailToAppend[]): Promise<readonly (Judgement | null)[]>;
  /** Redirects, refusal, answer: promised in the transaction that files the message. */
  carryOut(tx: TenantTx, mail: MailToAppend, judgement: Judgement): Promise<void>;
}

export function createFiling(services: FilingServices): Filing {
  const programs = new Programs();
  const { clock, blobs, hostname } = services;
  return {
    assertNoRules,
    async judge(tx, mails) {
      const maySend = async (account: MailAccountId) =>
        !(await isSwitchedOff(tx, "mail.send")) && !(await isStopped(tx, account));
      const judgements = await judgeArrivals(
        tx,
        mails.map(({ mail, target }) => ({
          accountId: target.mailAccountId,
          sender: target.sender,
          recipient: target.recipient,
          isSpam: target.place === "junk",
          index: (mail as IngestedMessage).index,
          read: () => blobs.readAll(tx.tenantId, mail.blob.id),
        })),
        { clock, programs, hostname, mayReply: maySend },
      );
      const allowed: (Judgement | null)[] = [];
      // Rules send nothing for who may not send. Filed as if there were none: a redirect alone would lose it.
      for (const [index, { target }] of mails.entries()) {
        const judgement = judgements[index] ?? null;
        allowed.push(sends(judgement) && !(await maySend(target.mailAccountId)) ? null : judgement);
      }
      // Accounts in the order of their ids, whose rows are locked so.
      const inOrder = [...mails.entries()].sort(([, { target: a }], [, { target: b }]) =>
        a.mailAccountId < b.mailAccountId ? -1 : 1,
      );
      for (const [index, mail] of inOrder) {
        const { mailAccountId } = mail.target;
        const judgement = allowed[index];
        if (!judgement || judgement.redirects.length === 0) continue;
        const passed = await countPassedOn(tx, services, mailAccountId, judgement.redirects.length);
        if (passed === "passed_on") continue;
        if (passed === "first_kept") await tellOfRate(tx, services, mailAccountId, aboutOf(services, mail), "rules");
        allowed[index] = { ...keptBack(judgement), error: "kept: they passed on as much as they may in this hour" };
      }
      return allowed;
    },
    async carryOut(tx, mail, { redirects, rejection, reply, error }) {
      const about = aboutOf(services, mail);
      if (error !== null) await recordEvent(tx, services, "accepted", about, `rules: ${error}`);
      if (redirects.length > 0) await redirect(tx, services, mail, about, redirects);
      if (rejection !== null) await reject(tx, services, mail, about, rejection);
      if (reply !== null) await answer(tx, services, mail.target.mailAccountId, about, reply);
    },
  };
}

const sends = (judgement: Judgement | null): boolean =>
  judgement !== null && (judgement.redirects.length > 0 || judgement.reply !== null || judgement.rejection !== null);

interface About {
  readonly traceId: TraceId;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
}

const aboutOf = ({ clock, random }: FilingServices, { mail, target }: MailToAppend): About => ({
  traceId: newId<TraceId>(clock, random),
  sender: target.sender,
  recipient: target.recipient,
  headerMessageId: ((mail as IngestedMessage).index.envelope.messageId ?? "").slice(0, 500),
});

/** Passed on as it is, under a sender of ours, and marked so that it is known when it comes back (RFC 5228 §4.2, §10). */
async function redirect(
  tx: TenantTx,
  services: FilingServices,
  { mail, target }: MailToAppend,
  about: About,
  recipients: readonly string[],
): Promise<void> {
  const { blobs, secretKey, clock } = services;
  const bytes = withoutReturnPath(Buffer.from(await blobs.readAll(tx.tenantId, mail.blob.id)));
  const blob = await blobs.put(tx.tenantId, Buffer.concat([utf8(`Delivered-To: ${about.recipient}\r\n`), bytes]));
  const sender = rewriteSender(about.sender, parseMailAddress(about.recipient).domain, secretKey, clock.nowMs());
  // Success is told where the message was delivered to the owner of the rules (RFC 3461 §5.2.7).
  const passed = forwardedDsn(target.dsn ?? noDsn, about.recipient, false);
  const dsn = new Map(recipients.map((one) => [one, passed]));
  const outgoing = {
    ...about,
    sender,
    mailAccountId: null,
    rulesOf: target.mailAccountId,
    blob,
    recipients,
    hops: 1,
    dsn,
  };
  await acceptOutgoing(tx, outgoing, services);
}

/** It was written for this delivery (RFC 5321 §4.4); the next one writes its own. */
function withoutReturnPath(message: Buffer): Buffer {
  return /^return-path:/i.test(message.toString("latin1", 0, 12))
    ? message.subarray(message.indexOf("\n") + 1)
    : message;
}

const rejected = new WeakSet<DeliverTarget>();

/** Whether the owner's rules refused what was appended to that target: then its delivery is no success. */
export const isRejected = (target: DeliverTarget): boolean => rejected.has(target);

async function reject(
  tx: TenantTx,
  services: FilingServices,
  { mail, target }: MailToAppend,
  about: About,
  reason: string,
): Promise<void> {
  const { tenantId } = tx;
  rejected.add(target);
  const report = await prepareReport(services, {
    ...about,
    tenantId,
    action: "failed",
    status: "5.7.1",
    reply: reason,
    dsn: target.dsn ?? noDsn,
    arrivedAt: new Date(services.clock.nowMs()),
    sizeBytes: mail.blob.size,
    read: () => services.blobs.read(tenantId, mail.blob.id),
  });
  await acceptReport(tx, services, report);
}

/** RFC 5230 §5, RFC 3834 §3: to the envelope's sender, from the null sender, marked as automatic. */
async function answer(
  tx: TenantTx,
  services: FilingServices,
  rulesOf: MailAccountId,
  about: About,
  reply: Reply,
): Promise<void> {
  const { blobs, clock, random } = services;
  const domain = parseMailAddress(reply.from).domain;
  const headerMessageId = `<${newId<Id<"MessageId">>(clock, random)}@${domain}>`;
  const composed = await new MailComposer({
    from: reply.from,
    to: reply.to,
    subject: reply.subject,
    date: new Date(clock.nowMs()),
    messageId: headerMessageId,
    ...(reply.inReplyTo === "" ? {} : { inReplyTo: reply.inReplyTo, references: reply.inReplyTo }),
    headers: { "Auto-Submitted": "auto-replied (vacation)", Precedence: "bulk", "X-Auto-Response-Suppress": "All" },
    newline: "\r\n",
    text: reply.text,
    ...(reply.html === null ? {} : { html: reply.html }),
  })
    .compile()
    .build();
  const message = reply.isMime ? withEntity(composed, reply.text) : composed;
  const signature = await sign(services, await dkimSignersOf(tx, domain, services), () => Readable.from([message]));
  const blob = await blobs.put(tx.tenantId, Buffer.concat([Buffer.from(signature), message]));
  const outgoing = { traceId: about.traceId, headerMessageId, sender: "", recipients: [reply.to], blob, hops: 0 };
  await acceptOutgoing(tx, { ...outgoing, mailAccountId: null, rulesOf }, services);
}

/** The entity in the place of the composed body: its own header says what it is (RFC 5230 §4.3). */
function withEntity(composed: Buffer, entity: string): Buffer {
  const text = composed.toString("latin1");
  const head = text
    .slice(0, text.indexOf("\r\n\r\n") + 2)
    .replace(/^(?:content-[a-z-]+|mime-version):.*\r\n(?:[ \t].*\r\n)*/gim, "");
  return Buffer.concat([Buffer.from(`${head}MIME-Version: 1.0\r\n`, "latin1"), utf8(entity.replace(/\r?\n/g, "\r\n"))]);
}
