import { ErrorBoundary, LoadingState, useFormat } from "@casaforte/ui-kit";
import { ActionIcon, Button, Group, Menu, Text, UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useCallback } from "react";
import { fullAddress, shownName } from "../addresses.ts";
import type { ReplyKind } from "../compose/reply.ts";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { type MailState, useMailState } from "../jmap/store.ts";
import type { BodyPart, Email, EmailBody } from "../jmap/types.ts";
import { useT } from "../translate.ts";
import { loadMailBody } from "./load-mail-body.ts";

const MailBody = lazy(loadMailBody);

export interface MessageCardProps {
  readonly client: MailClient;
  readonly email: Email;
  readonly isOpen: boolean;
  readonly isLast: boolean;
  readonly onToggle: () => void;
  readonly onReply: (kind: ReplyKind, emailId: string) => void;
  readonly onEditDraft: (emailId: string) => void;
}

/** One message of a conversation: its head, and below it the body once it is open. */
export function MessageCard({ client, email, isOpen, isLast, onToggle, onReply, onEditDraft }: MessageCardProps) {
  const t = useT();
  const format = useFormat();
  const body = useMailState(
    client.store,
    useCallback((state: MailState) => state.bodies.get(email.id), [email.id]),
  );
  const sender = email.from?.[0];
  // Somebody who wrote on behalf of the address that is shown (RFC 5322 §3.6.2).
  const writer = body?.sender?.find((one) => one.email.toLowerCase() !== sender?.email.toLowerCase());
  const isDraft = email.keywords["$draft"] === true;
  const receivedMs = Date.parse(email.receivedAt);
  const line = isOpen ? t("mail.to", { names: format.list((email.to ?? []).map(shownName)) }) : email.preview;
  return (
    <section className="wm-card">
      <header className="wm-card-head">
        <span className="wm-avatar" aria-hidden="true">
          {shownName(sender).slice(0, 1).toUpperCase()}
        </span>
        <UnstyledButton className="wm-card-who" onClick={onToggle} aria-expanded={isOpen} disabled={isLast}>
          <span className="wm-card-sender">
            <strong>{shownName(sender) || t("mail.noSender")}</strong>
            {isOpen && sender?.name ? <span className="wm-card-address">{sender.email}</span> : null}
            {isOpen && writer ? (
              <span className="wm-card-address">{t("mail.sentBy", { name: fullAddress(writer) })}</span>
            ) : null}
          </span>
          <span className="wm-card-to" title={line}>
            {line}
          </span>
        </UnstyledButton>
        <time className="wm-card-date" dateTime={email.receivedAt} title={format.long(receivedMs)}>
          {format.short(receivedMs)}
        </time>
        {isOpen ? <CardActions client={client} email={email} body={body} onReply={onReply} /> : null}
      </header>
      {isOpen ? (
        <div className="wm-card-body">
          {body === undefined ? (
            <LoadingState />
          ) : (
            <ErrorBoundary>
              <Suspense fallback={<LoadingState />}>
                <MailBody client={client} email={email} body={body} />
              </Suspense>
              <Truncated body={body} />
              <Attachments client={client} body={body} />
            </ErrorBoundary>
          )}
          {isDraft ? (
            <Button mt="md" onClick={() => onEditDraft(email.id)}>
              {t("mail.editDraft")}
            </Button>
          ) : isLast ? (
            <Group mt="md" gap="xs">
              {(["reply", "replyAll", "forward"] as const).map((kind) => (
                <Button
                  key={kind}
                  variant="default"
                  size="sm"
                  leftSection={<Icon name={kind} />}
                  onClick={() => onReply(kind, email.id)}
                >
                  {t(`mail.${kind}`)}
                </Button>
              ))}
            </Group>
          ) : null}
        </div>
      ) : null}
    </section>
  );
}

interface CardActionsProps {
  readonly client: MailClient;
  readonly email: Email;
  readonly body: EmailBody | undefined;
  readonly onReply: (kind: ReplyKind, emailId: string) => void;
}

function CardActions({ client, email, body, onReply }: CardActionsProps) {
  const t = useT();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("mail.more")}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(["reply", "replyAll", "forward"] as const).map((kind) => (
          <Menu.Item key={kind} leftSection={<Icon name={kind} />} onClick={() => onReply(kind, email.id)}>
            {t(`mail.${kind}`)}
          </Menu.Item>
        ))}
        {body === undefined ? null : (
          <Menu.Item
            component="a"
            leftSection={<Icon name="download" />}
            href={client.transport.downloadUrl(body.blobId, `${email.subject || "message"}.eml`, "message/rfc822")}
            download
          >
            {t("mail.original")}
          </Menu.Item>
        )}
        <Menu.Label>
          {(email.from ?? []).map(fullAddress).join(", ")}
          {body?.cc == null ? null : (
            <>
              <br />
              Cc: {body.cc.map(fullAddress).join(", ")}
            </>
          )}
        </Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}

function Truncated({ body }: { readonly body: EmailBody }) {
  const t = useT();
  if (!Object.values(body.bodyValues).some((value) => value.isTruncated)) return null;
  return (
    <Text size="sm" c="dimmed" mt="xs">
      {t("mail.truncated")}
    </Text>
  );
}

function Attachments({ client, body }: { readonly client: MailClient; readonly body: EmailBody }) {
  const t = useT();
  const format = useFormat();
  const shown = body.attachments.filter((part) => !(part.cid !== null && part.disposition !== "attachment"));
  if (shown.length === 0) return null;
  const nameOf = (part: BodyPart): string => part.name ?? part.type;
  return (
    <div className="wm-attachments">
      <Text size="sm" fw={600}>
        {t("mail.attachments", { count: shown.length })}
      </Text>
      <ul>
        {shown.map((part) => (
          <li key={part.blobId}>
            <a
              className="wm-attachment"
              href={client.transport.downloadUrl(part.blobId ?? "", nameOf(part), part.type)}
              download={nameOf(part)}
            >
              <Icon name="clip" size={16} />
              <span className="wm-hidden">{t("mail.download")} </span>
              <span className="wm-attachment-name" title={nameOf(part)}>
                {nameOf(part)}
              </span>
              <span className="wm-attachment-size">{format.bytes(part.size)}</span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
