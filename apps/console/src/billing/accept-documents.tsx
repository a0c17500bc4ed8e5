import type { AcceptedDocument, DocumentReply } from "@casaforte/contract/catalogue";
import { Dialog, useLanguage } from "@casaforte/ui-kit";
import { Anchor, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useBillingText } from "./billing-text.tsx";

export interface AcceptDocumentsProps {
  /** In both languages; the reader's is shown. */
  readonly documents: readonly DocumentReply[];
  readonly accepted: readonly AcceptedDocument[];
  readonly onChange: (accepted: readonly AcceptedDocument[]) => void;
}

const isSame = (accepted: AcceptedDocument, document: DocumentReply) =>
  accepted.documentId === document.id && accepted.version === document.version;

/** A box for each document, none ticked beforehand; the whole text one click away (R6). */
export function AcceptDocuments({ documents, accepted, onChange }: AcceptDocumentsProps) {
  const t = useBillingText();
  const language = useLanguage();
  const [reading, setReading] = useState<DocumentReply | null>(null);
  const shown = documents.filter((document) => document.language === language);
  const toggle = (document: DocumentReply, isOn: boolean): void => {
    const others = accepted.filter((each) => !isSame(each, document));
    const { id, version, sha256 } = document;
    onChange(isOn ? [...others, { documentId: id, version, sha256 }] : others);
  };
  return (
    <Stack gap="xs">
      {shown.map((document) => (
        <Group key={document.id} justify="space-between" wrap="nowrap" align="start">
          <Checkbox
            checked={accepted.some((each) => isSame(each, document))}
            onChange={(event) => toggle(document, event.currentTarget.checked)}
            label={t("order.accept", { title: document.title })}
            description={t("order.version", { version: document.version })}
          />
          <Anchor
            component="button"
            type="button"
            size="sm"
            aria-label={`${t("order.read")}: ${document.title}`}
            onClick={() => setReading(document)}
          >
            {t("order.read")}
          </Anchor>
        </Group>
      ))}
      <Dialog opened={reading !== null} onClose={() => setReading(null)} title={reading?.title ?? ""} size="lg">
        <Text className="cf-document">{reading?.body}</Text>
        <Text size="xs" c="dimmed" mt="md">
          {t("documents.hash", { hash: reading?.sha256 ?? "" })}
        </Text>
      </Dialog>
    </Stack>
  );
}

/** Whether each of them is ticked. */
export const allAccepted = (documents: readonly DocumentReply[], accepted: readonly AcceptedDocument[]): boolean =>
  documents.every((document) => accepted.some((each) => isSame(each, document)));
