import { useFormat } from "@casaforte/ui-kit";
import { CloseButton, Loader } from "@mantine/core";
import { useRef, useState } from "react";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import type { AttachmentRef } from "../jmap/submission.ts";
import { useT } from "../translate.ts";

/** Uploads files one after another and hands over the list that grows. */
export function useUploads(
  client: MailClient,
  attachments: readonly AttachmentRef[],
  onChange: (attachments: readonly AttachmentRef[]) => void,
  onError: (error: unknown) => void,
) {
  const [names, setNames] = useState<readonly string[]>([]);
  const current = useRef(attachments);
  current.current = attachments;
  const add = async (files: readonly File[]): Promise<void> => {
    setNames((all) => [...all, ...files.map((file) => file.name)]);
    for (const file of files) {
      try {
        const { blobId, type, size } = await client.transport.upload(file);
        current.current = [...current.current, { blobId, name: file.name, type, size }];
        onChange(current.current);
      } catch (error) {
        onError(error);
      }
      setNames((all) => all.filter((_, index) => index !== all.indexOf(file.name)));
    }
  };
  return { names, add };
}

export interface AttachmentListProps {
  readonly attachments: readonly AttachmentRef[];
  readonly uploading: readonly string[];
  readonly onRemove: (blobId: string) => void;
}

/** Attachments of the message being written, and those on their way up. */
export function AttachmentList({ attachments, uploading, onRemove }: AttachmentListProps) {
  const t = useT();
  const format = useFormat();
  const shown = attachments.filter((attachment) => attachment.cid === undefined);
  if (shown.length + uploading.length === 0) return null;
  return (
    <ul className="wm-compose-attachments">
      {shown.map((attachment) => (
        <li key={attachment.blobId} className="wm-attachment">
          <Icon name="clip" size={16} />
          <span className="wm-attachment-name" title={attachment.name}>
            {attachment.name}
          </span>
          <span className="wm-attachment-size">{format.bytes(attachment.size)}</span>
          <CloseButton
            size="sm"
            aria-label={t("compose.attach.remove", { name: attachment.name })}
            onClick={() => onRemove(attachment.blobId)}
          />
        </li>
      ))}
      {uploading.map((name) => (
        <li key={name} className="wm-attachment" role="status">
          <Loader size={14} aria-hidden />
          <span className="wm-attachment-name" title={name}>
            {t("compose.uploading", { name })}
          </span>
        </li>
      ))}
    </ul>
  );
}
