import { MethodProblem, replyOf } from "./batcher.ts";
import type { MailClient } from "./client.ts";
import type { EmailAddress, SetReply } from "./types.ts";

export interface AttachmentRef {
  readonly blobId: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** For images inside the text. */
  readonly cid?: string;
}

/** A message being written. */
export interface DraftContent {
  readonly from: EmailAddress;
  /** Who really writes, on behalf of `from`; null: the same. */
  readonly sender: EmailAddress | null;
  /** Where answers go, if not to the sender. */
  readonly replyTo: readonly EmailAddress[];
  readonly to: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly bcc: readonly EmailAddress[];
  readonly subject: string;
  /** Null: plain text only. */
  readonly html: string | null;
  readonly text: string;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  readonly attachments: readonly AttachmentRef[];
}

/** How long a sent message may be called back. */
export const undoSendSeconds = 10;

/** Pictures of the text are shown by address while it is written and named by Content-ID when it leaves. */
export function htmlWithCids(client: MailClient, html: string, attachments: readonly AttachmentRef[]): string {
  let named = html;
  for (const { blobId, name, type, cid } of attachments) {
    if (cid !== undefined) named = named.replaceAll(client.transport.downloadUrl(blobId, name, type), `cid:${cid}`);
  }
  return named;
}

function emailObject(
  client: MailClient,
  draft: DraftContent,
  mailboxId: string,
  keywords: Readonly<Record<string, true>>,
) {
  const html = draft.html === null ? null : htmlWithCids(client, draft.html, draft.attachments);
  const parts = html === null ? {} : { htmlBody: [{ partId: "html", type: "text/html" }] };
  return {
    mailboxIds: { [mailboxId]: true },
    keywords,
    from: [draft.from],
    ...(draft.sender === null ? {} : { sender: [draft.sender] }),
    ...(draft.replyTo.length === 0 ? {} : { replyTo: draft.replyTo }),
    to: draft.to,
    cc: draft.cc,
    bcc: draft.bcc,
    subject: draft.subject,
    ...(draft.inReplyTo.length === 0 ? {} : { inReplyTo: draft.inReplyTo, references: draft.references }),
    textBody: [{ partId: "text", type: "text/plain" }],
    ...parts,
    bodyValues: { text: { value: draft.text }, ...(html === null ? {} : { html: { value: html } }) },
    attachments: draft.attachments.map(({ blobId, name, type, cid }) => ({
      blobId,
      name,
      type,
      disposition: cid === undefined ? "attachment" : "inline",
      ...(cid === undefined ? {} : { cid }),
    })),
  };
}

const roleId = (client: MailClient, role: string): string => {
  const found = [...client.store.state.mailboxes.values()].find((mailbox) => mailbox.role === role);
  if (found === undefined) throw new MethodProblem("notFound", `there is no ${role} mailbox`, "not_found");
  return found.id;
};

/** Keeps a draft, replacing the one kept before in the same call. Answers the new draft's id. */
export async function saveDraft(client: MailClient, draft: DraftContent, oldId: string | null): Promise<string> {
  const reply = await client.batcher.call<SetReply>("Email/set", {
    accountId: client.accountId,
    create: { draft: emailObject(client, draft, roleId(client, "drafts"), { $draft: true, $seen: true }) },
    ...(oldId === null ? {} : { destroy: [oldId] }),
  });
  return createdOf(reply, "draft");
}

/** The id that was given. @throws MethodProblem where nothing was made. */
function createdOf({ created, notCreated }: SetReply, key: string): string {
  const made = created?.[key];
  if (made !== undefined) return made.id;
  const refused = notCreated?.[key];
  throw new MethodProblem(refused?.type ?? "serverFail", refused?.description ?? "not made", refused?.code);
}

/** A message on its way that can still be called back. */
export interface SentMessage {
  readonly emailId: string;
  readonly submissionId: string;
}

/** Sends: message, submission held for a moment, move to Sent, and the end of the draft, all in one request. */
export async function sendMessage(
  client: MailClient,
  draft: DraftContent,
  identityId: string,
  oldId: string | null,
): Promise<SentMessage> {
  const { accountId } = client;
  const drafts = roleId(client, "drafts");
  const sent = roleId(client, "sent");
  const recipients = [...new Set([...draft.to, ...draft.cc, ...draft.bcc].map((address) => address.email))];
  const [made, submitted] = await client.batcher.group([
    ["Email/set", { accountId, create: { m: emailObject(client, draft, drafts, { $draft: true, $seen: true }) } }],
    [
      "EmailSubmission/set",
      {
        accountId,
        create: {
          s: {
            identityId,
            emailId: "#m",
            envelope: {
              mailFrom: { email: draft.from.email, parameters: { HOLDFOR: String(undoSendSeconds) } },
              rcptTo: recipients.map((email) => ({ email, parameters: null })),
            },
          },
        },
        onSuccessUpdateEmail: {
          "#s": { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, "keywords/$draft": null },
        },
      },
    ],
  ]);
  const emailId = createdOf(replyOf<SetReply>(made), "m");
  try {
    const submissionId = createdOf(replyOf<SetReply>(submitted), "s");
    if (oldId !== null) await tryDestroy(client, oldId);
    return { emailId, submissionId };
  } catch (problem) {
    // What could not be sent must not stay as a second draft.
    await tryDestroy(client, emailId);
    throw problem;
  }
}

/** Never fails: whether a message is on its way is known by then, and a draft that stays can be removed by hand. */
async function tryDestroy(client: MailClient, emailId: string): Promise<void> {
  await client.batcher.call<SetReply>("Email/set", { accountId: client.accountId, destroy: [emailId] }).catch(() => {});
}

/** Calls a message back and puts it among the drafts again. @throws MethodProblem `cannotUnsend` when it is gone. */
export async function callBack(client: MailClient, message: SentMessage): Promise<void> {
  const reply = await client.batcher.call<SetReply>("EmailSubmission/set", {
    accountId: client.accountId,
    update: { [message.submissionId]: { undoStatus: "canceled" } },
    onSuccessUpdateEmail: {
      [message.submissionId]: { mailboxIds: { [roleId(client, "drafts")]: true }, "keywords/$draft": true },
    },
  });
  const refused = reply.notUpdated?.[message.submissionId];
  if (refused !== undefined) throw new MethodProblem(refused.type, refused.description ?? refused.type, refused.code);
}
