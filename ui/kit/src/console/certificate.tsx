import { Group } from "@mantine/core";
import { downloadText } from "./download-text.ts";
import { RowButton } from "./row-button.tsx";

export interface CertificateProps {
  /** JSON that says what was erased. Null: nothing is yet. */
  readonly certificate: string | null;
  /** Over the certificate's bytes. */
  readonly signature: string | null;
  /** Whose it is: read out with both buttons. */
  readonly of: string;
  /** Without ending. */
  readonly fileName: string;
  readonly labels: { readonly certificate: string; readonly signature: string };
}

/** Saves a certificate of erasure, and its signature beside it. */
export function Certificate({ certificate, signature, of, fileName, labels }: CertificateProps) {
  if (certificate === null || signature === null) return null;
  return (
    <Group gap="xs" justify="flex-end">
      <RowButton
        name={`${labels.certificate}: ${of}`}
        onClick={() => downloadText(`${fileName}.json`, "application/json", certificate)}
      >
        {labels.certificate}
      </RowButton>
      <RowButton
        name={`${labels.signature}: ${of}`}
        onClick={() => downloadText(`${fileName}.json.sig`, "text/plain", signature)}
      >
        {labels.signature}
      </RowButton>
    </Group>
  );
}
