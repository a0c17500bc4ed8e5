import { ProblemAlert } from "@casaforte/ui-kit";
import { ActionIcon, Anchor, Button, Group, NativeSelect, Text, Textarea, TextInput, Tooltip } from "@mantine/core";
import { useRef, useState } from "react";
import { isAddress } from "../addresses.ts";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { destroyEmails } from "../jmap/mutations.ts";
import { callBack, type DraftContent, sendMessage } from "../jmap/submission.ts";
import type { Toast } from "../mail/use-actions.ts";
import { type MessageId, useT } from "../translate.ts";
import { AttachmentList, useUploads } from "./AttachmentList.tsx";
import { MailEditor } from "./MailEditor.tsx";
import { Recipients } from "./Recipients.tsx";
import { textToHtml } from "./reply.ts";
import type { StartedDraft } from "./start-draft.ts";
import { type SaveState, useDraft } from "./use-draft.ts";
import { writeAs } from "./write-as.ts";

const saveTexts = {
  clean: "compose.saved",
  dirty: "compose.saving",
  saving: "compose.saving",
  failed: "compose.unsaved",
} as const satisfies Record<SaveState, MessageId>;

const mentionsAttachment = /\b(in allegato|allego|allegat[oaie]|attached|attachment|enclosed)\b/i;

export interface ComposeFormProps {
  readonly client: MailClient;
  readonly started: StartedDraft;
  readonly isAnswer: boolean;
  readonly notify: (toast: Toast | null) => void;
  readonly onClose: () => void;
}

/** What is wrong with a draft that shall be sent: an id and its values, or a question to be answered first. */
function complaint(
  draft: DraftContent,
): { id: MessageId; values?: Record<string, string>; isQuestion: boolean } | null {
  const all = [...draft.to, ...draft.cc, ...draft.bcc];
  if (all.length === 0) return { id: "compose.noRecipient", isQuestion: false };
  const bad = all.find((address) => !isAddress(address.email));
  if (bad !== undefined) return { id: "compose.badRecipient", values: { address: bad.email }, isQuestion: false };
  if (draft.subject.trim() === "") return { id: "compose.noSubject.ask", isQuestion: true };
  const own = draft.text.split(/^(?:>|-{5,})/m)[0] ?? "";
  if (draft.attachments.length === 0 && mentionsAttachment.test(own)) {
    return { id: "compose.noAttachment.ask", isQuestion: true };
  }
  return null;
}

/** Recipients, subject, text, attachments; keeps itself, sends with ten seconds to take it back. */
export function ComposeForm({ client, started, isAnswer, notify, onClose }: ComposeFormProps) {
  const t = useT();
  const { draft, state, change, save, stop, resume } = useDraft(client, started.draft, started.draftId);
  const [hasCc, setHasCc] = useState(draft.cc.length + draft.bcc.length > 0);
  const [trouble, setTrouble] = useState<ReturnType<typeof complaint>>(null);
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const uploads = useUploads(client, draft.attachments, (attachments) => change({ attachments }), setError);
  const isPlain = draft.html === null;
  const { identities } = client.store.state;

  const send = async (isSure: boolean): Promise<void> => {
    const found = complaint(draft);
    if (found !== null && !(found.isQuestion && isSure)) return setTrouble(found);
    if (uploads.names.length > 0 || isSending) return;
    setTrouble(null);
    setError(null);
    setSending(true);
    const oldId = await stop();
    try {
      const identity = identities.find(({ email }) => email === draft.from.email) ?? started.identity;
      const sent = await sendMessage(client, draft, identity.id, oldId);
      notify({
        id: "mail.done.sent",
        undo: async () => {
          await callBack(client, sent);
          void client.sync();
        },
      });
      onClose();
    } catch (problem) {
      setError(problem);
      setSending(false);
      resume();
    }
  };
  const close = async (): Promise<void> => {
    if (state !== "clean") {
      await save();
      notify({ id: "mail.done.draftKept" });
    }
    onClose();
  };
  const discard = async (): Promise<void> => {
    const id = await stop();
    onClose();
    if (id !== null) await destroyEmails(client, [id]).catch(setError);
  };
  const submit = (): void => void send(false);
  return (
    <form
      className="wm-compose-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          submit();
        }
        if (event.key === "Escape") void close();
      }}
    >
      <div className="wm-compose-head">
        <Text fw={650} component="h2" size="sm" m={0} title={draft.subject}>
          {draft.subject || t("compose.title")}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Text size="xs" c="dimmed" aria-live="polite">
            {state === "clean" && draft === started.draft ? "" : t(saveTexts[state])}
          </Text>
          <ActionIcon variant="subtle" color="gray" aria-label={t("compose.close")} onClick={() => void close()}>
            <Icon name="close" />
          </ActionIcon>
        </Group>
      </div>
      <div className="wm-compose-fields">
        {identities.length > 1 ? (
          <NativeSelect
            label={t("compose.from")}
            size="sm"
            value={draft.from.email}
            data={identities.map(({ email, name, sender }) => {
              const shown = name ? `${name} <${email}>` : email;
              const self = sender?.name || sender?.email;
              return { value: email, label: self ? t("compose.onBehalf", { self, owner: shown }) : shown };
            })}
            onChange={(event) => {
              const chosen = identities.find(({ email }) => email === event.currentTarget.value);
              if (!chosen) return;
              const identity = identities.find(({ email }) => email === draft.from.email);
              const written = writeAs(chosen, { identity, bcc: draft.bcc });
              change(written);
              if (written.bcc.length > 0) setHasCc(true);
            }}
          />
        ) : null}
        <div className="wm-compose-to">
          <Recipients
            client={client}
            label={t("compose.to")}
            value={draft.to}
            onChange={(to) => change({ to })}
            hasFocus={!isAnswer}
          />
          {hasCc ? null : (
            <Anchor component="button" type="button" size="sm" onClick={() => setHasCc(true)}>
              {t("compose.ccBcc")}
            </Anchor>
          )}
        </div>
        {hasCc ? (
          <>
            <Recipients client={client} label={t("compose.cc")} value={draft.cc} onChange={(cc) => change({ cc })} />
            <Recipients
              client={client}
              label={t("compose.bcc")}
              value={draft.bcc}
              onChange={(bcc) => change({ bcc })}
            />
          </>
        ) : null}
        <TextInput
          label={t("compose.subject")}
          size="sm"
          value={draft.subject}
          onChange={(event) => change({ subject: event.currentTarget.value })}
        />
      </div>
      {isPlain ? (
        <Textarea
          className="wm-plain-text"
          aria-label={t("compose.body")}
          value={draft.text}
          onChange={(event) => change({ text: event.currentTarget.value })}
        />
      ) : (
        <MailEditor
          initialHtml={draft.html ?? ""}
          hasFocus={isAnswer}
          onChange={(html, text) => change({ html, text })}
          onSend={submit}
        />
      )}
      <AttachmentList
        attachments={draft.attachments}
        uploading={uploads.names}
        onRemove={(blobId) => change({ attachments: draft.attachments.filter((one) => one.blobId !== blobId) })}
      />
      <ProblemAlert error={error} />
      {trouble === null ? null : (
        <Group className="wm-compose-trouble" role="alert" justify="space-between">
          <Text size="sm">{t(trouble.id, trouble.values)}</Text>
          {trouble.isQuestion ? (
            <Button size="xs" variant="default" onClick={() => void send(true)}>
              {t("compose.sendAnyway")}
            </Button>
          ) : null}
        </Group>
      )}
      <div className="wm-compose-foot">
        <Button type="submit" loading={isSending} leftSection={<Icon name="sent" />}>
          {t("compose.send")}
        </Button>
        <Tooltip label={t("compose.attach")} openDelay={500}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t("compose.attach")}
            onClick={() => picker.current?.click()}
          >
            <Icon name="clip" />
          </ActionIcon>
        </Tooltip>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid="attachment-input"
          onChange={(event) => {
            void uploads.add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-pressed={isPlain}
          onClick={() => change({ html: isPlain ? textToHtml(draft.text) : null })}
        >
          {t("compose.plain")}
        </Button>
        <span className="wm-space" />
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("compose.discard")}
          onClick={() => void discard()}
        >
          <Icon name="trash" />
        </ActionIcon>
      </div>
    </form>
  );
}
