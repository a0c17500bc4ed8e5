import { Alert, Button, Group, Text } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import type { MailClient } from "../jmap/client.ts";
import type { Email, EmailBody } from "../jmap/types.ts";
import { useT } from "../translate.ts";
import { sanitiseMail } from "./sanitise.ts";

/** The text of a message: HTML in a frame without scripts, or plain text in the reader's own theme. */
export function MailBody({
  client,
  email,
  body,
}: {
  readonly client: MailClient;
  readonly email: Email;
  readonly body: EmailBody;
}) {
  const html = body.htmlBody
    .filter((part) => part.type === "text/html")
    .map((part) => body.bodyValues[part.partId ?? ""]?.value ?? "")
    .join("");
  if (html === "") return <PlainBody body={body} />;
  return <HtmlBody key={email.id} client={client} email={email} body={body} html={html} />;
}

function PlainBody({ body }: { readonly body: EmailBody }) {
  const text = body.textBody
    .filter((part) => part.type.startsWith("text/"))
    .map((part) => body.bodyValues[part.partId ?? ""]?.value ?? "")
    .join("\n");
  return <div className="wm-plain">{linkify(text)}</div>;
}

/** Addresses of pages become links; everything else stays text. */
function linkify(text: string): React.ReactNode[] {
  return text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/g).map((piece, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text that never changes.
      <a key={index} href={piece} target="_blank" rel="noopener noreferrer">
        {piece}
      </a>
    ) : (
      piece
    ),
  );
}

interface HtmlBodyProps {
  readonly client: MailClient;
  readonly email: Email;
  readonly body: EmailBody;
  readonly html: string;
}

const frameStyle = `<style>html{color-scheme:light}body{margin:0;padding:14px;background:#fff;color:#1b1f22;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}blockquote{margin:0 0 0 .4em;padding-left:.8em;border-left:2px solid #c5ccd1;color:#49525a}pre{white-space:pre-wrap}table{max-width:100%}a{color:#0b6074}</style>`;

function HtmlBody({ client, email, body, html }: HtmlBodyProps) {
  const t = useT();
  const proxy = client.transport.session.imageUrl;
  const [showImages, setShowImages] = useState(false);
  const [height, setHeight] = useState(120);
  const frame = useRef<HTMLIFrameElement>(null);
  const mail = useMemo(
    () =>
      sanitiseMail(html, {
        showImages,
        partUrl: (cid) => {
          const part = [...body.attachments, ...body.htmlBody].find((candidate) => candidate.cid === cid);
          return part?.blobId == null
            ? null
            : client.transport.downloadUrl(part.blobId, part.name ?? "image", part.type);
        },
        imageUrl: (remote) => (proxy ?? "").replace("{url}", encodeURIComponent(remote)),
      }),
    [html, showImages, body, client, proxy],
  );
  const measure = (): void => {
    const document = frame.current?.contentDocument;
    if (document?.body) setHeight(Math.max(48, document.body.offsetHeight, document.body.scrollHeight));
  };
  useEffect(() => {
    const document = frame.current?.contentDocument;
    if (!document?.body) return;
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  });
  const subject = email.subject ?? "";
  return (
    <>
      {mail.hasBlockedImages ? (
        <Alert variant="light" color="gray" py="xs" mb="xs">
          <Group justify="space-between">
            <Text size="sm" c="var(--mantine-color-text)">
              {t("mail.images.blocked")}
            </Text>
            {proxy === undefined ? null : (
              <Button size="xs" variant="default" onClick={() => setShowImages(true)}>
                {t("mail.images.show")}
              </Button>
            )}
          </Group>
        </Alert>
      ) : null}
      <iframe
        ref={frame}
        className="wm-frame"
        title={t("mail.body", { subject })}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        srcDoc={`${frameStyle}${mail.html}`}
        style={{ height }}
        onLoad={measure}
      />
    </>
  );
}
