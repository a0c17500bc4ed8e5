import type { Translate } from "@casaforte/ui-kit";
import { shownName } from "../addresses.ts";
import type { MailClient } from "../jmap/client.ts";
import type { AttachmentRef, DraftContent } from "../jmap/submission.ts";
import type { BodyPart, Email, EmailBody, Identity } from "../jmap/types.ts";
import type { MessageId } from "../translate.ts";
import { escapeHtml, forwardedFields, ownAddresses, quotedText, replyStart, textToHtml } from "./reply.ts";
import type { ComposeStart } from "./start.ts";
import { writeAs } from "./write-as.ts";

/** A composer's first content, and the kept draft it stands for. */
export interface StartedDraft {
  readonly draft: DraftContent;
  readonly draftId: string | null;
  readonly identity: Identity;
}

const bodyText = (body: EmailBody, parts: readonly BodyPart[], type: string): string =>
  parts
    .filter((part) => part.type === type)
    .map((part) => body.bodyValues[part.partId ?? ""]?.value ?? "")
    .join("\n");

const attachmentsOf = (body: EmailBody): readonly AttachmentRef[] =>
  body.attachments.flatMap((part) =>
    part.blobId === null
      ? []
      : [
          {
            blobId: part.blobId,
            name: part.name ?? part.type,
            type: part.type,
            size: part.size,
            ...(part.cid !== null && part.disposition === "inline" ? { cid: part.cid } : {}),
          },
        ],
  );

/** Reads what is needed and makes the first content. @throws ApiProblem. */
export async function startDraft(
  client: MailClient,
  start: ComposeStart,
  t: Translate<MessageId>,
  formatDate: (atMs: number) => string,
): Promise<StartedDraft> {
  const { emails } = client.store.state;
  // Who works in another's mail writes from his own account, as the other where he may.
  const { identities } = client.home.store.state;
  const answeredTo = start.kind === "new" ? undefined : emails.get(start.emailId);
  // A draft stays with its sender; an answer comes from the address that was written to.
  const named = start.kind === "draft" ? answeredTo?.from : answeredTo?.to;
  const identity = identities.find(({ email }) => isNamed(email, named ?? [])) ?? identities[0];
  if (identity === undefined) throw new Error("the account has no identity");
  const signature = identity.htmlSignature || textToHtml(identity.textSignature);
  const signatureHtml = signature.replace(/<div><br><\/div>$/, "") === "" ? "" : `<div><br></div>${signature}`;
  const empty: DraftContent = {
    ...writeAs(identity, null),
    to: [],
    cc: [],
    subject: "",
    html: `<div><br></div>${signatureHtml}`,
    text: identity.textSignature,
    inReplyTo: [],
    references: [],
    attachments: [],
  };
  if (start.kind === "new") return { draft: empty, draftId: null, identity };
  await client.openBodies([start.emailId]);
  const email = client.store.state.emails.get(start.emailId);
  const body = client.store.state.bodies.get(start.emailId);
  if (email === undefined || body === undefined) throw new Error("the message is gone");
  const attachments = await carriedOver(client, attachmentsOf(body), start.kind);
  const inline = attachments.filter((attachment) => attachment.cid !== undefined);
  const html = shownPictures(client.home, bodyText(body, body.htmlBody, "text/html"), inline, start.kind);
  const text = bodyText(body, body.textBody, "text/plain");
  if (start.kind === "draft") {
    return {
      draft: {
        ...empty,
        to: email.to ?? [],
        cc: body.cc ?? [],
        bcc: body.bcc ?? [],
        replyTo: body.replyTo ?? [],
        subject: email.subject ?? "",
        html: html === "" ? null : html,
        text,
        inReplyTo: body.inReplyTo ?? [],
        references: body.references ?? [],
        attachments,
      },
      draftId: email.id,
      identity,
    };
  }
  const own = ownAddresses(identities, { identity, mailbox: client.sharedName, sender: body.sender });
  const answered = replyStart(start.kind, email, body, own);
  const quote = quoted(start.kind, email, body, html === "" ? textToHtml(text) : html, text, t, formatDate);
  return {
    draft: {
      ...empty,
      ...answered,
      html: `<div><br></div>${signatureHtml}<div><br></div>${quote.html}`,
      text: `\n${identity.textSignature}\n\n${quote.text}`,
      attachments: start.kind === "forward" ? attachments : inline,
    },
    draftId: null,
    identity,
  };
}

/** Files of another's message are taken along to the account that sends. @throws ApiProblem. */
async function carriedOver(
  client: MailClient,
  attachments: readonly AttachmentRef[],
  kind: ComposeStart["kind"],
): Promise<readonly AttachmentRef[]> {
  if (client === client.home) return attachments;
  const carried: AttachmentRef[] = [];
  for (const attachment of attachments) {
    if (kind !== "forward" && attachment.cid === undefined) continue;
    const { blobId, name, type } = attachment;
    const file = await client.transport.download(blobId, name, type);
    carried.push({ ...attachment, blobId: (await client.home.transport.upload(file)).blobId });
  }
  return carried;
}

const isNamed = (address: string, named: readonly { readonly email: string }[]): boolean =>
  named.some(({ email }) => email.toLowerCase() === address.toLowerCase());

/** Pictures of the original by our own address; those that lie elsewhere do not travel on with a reply (trackers). */
function shownPictures(
  client: MailClient,
  html: string,
  inline: readonly AttachmentRef[],
  kind: ComposeStart["kind"],
): string {
  let shown = html;
  for (const { blobId, name, type, cid } of inline) {
    shown = shown.replaceAll(`cid:${cid}`, client.transport.downloadUrl(blobId, name, type));
  }
  if (kind !== "reply" && kind !== "replyAll") return shown;
  return shown.replace(/<img\b[^>]*\bsrc\s*=\s*["']?\s*(?:https?:)?\/\/[^>]*>/gi, "");
}

/** The original below an answer. The editor sanitises it, so that no tracker travels on with the reply. */
function quoted(
  kind: ComposeStart["kind"],
  email: Email,
  body: EmailBody,
  html: string,
  text: string,
  t: Translate<MessageId>,
  formatDate: (atMs: number) => string,
): { readonly html: string; readonly text: string } {
  if (kind === "forward") {
    const fields = forwardedFields(email, body)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [t(`compose.forwarded.${name}` as MessageId), value] as const);
    const head = `---------- ${t("compose.forwarded")} ----------`;
    return {
      html: `<div>${head}</div>${fields.map(([name, value]) => `<div><b>${name}:</b> ${escapeHtml(value)}</div>`).join("")}<div><br></div>${html}`,
      text: `${head}\n${fields.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${text}`,
    };
  }
  const wrote = t("compose.wrote", {
    date: formatDate(Date.parse(email.receivedAt)),
    name: shownName(email.from?.[0]),
  });
  return {
    html: `<div>${escapeHtml(wrote)}</div><blockquote type="cite">${html}</blockquote>`,
    text: `${wrote}\n${quotedText(text)}`,
  };
}
