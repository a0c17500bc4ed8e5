import { Failure } from "@casaforte/kernel";
import { xmlLimits } from "./limits.ts";
import { readXml, textAt, type XmlElement } from "./read-xml.ts";

/** What SdI says of a file sent: delivered, rejected, not deliverable (R46). */
export type ReceiptKind = "delivered" | "rejected" | "undeliverable";

export interface Receipt {
  readonly kind: ReceiptKind;
  /** SdI's own number of the file. */
  readonly sdiId: string;
  /** The name under which we sent it. */
  readonly fileName: string;
  readonly messageId: string;
  /** As written; null when absent or not a moment. */
  readonly atMs: number | null;
  readonly errors: readonly { readonly code: string; readonly description: string }[];
}

const kinds: Readonly<Record<string, ReceiptKind>> = {
  RicevutaConsegna: "delivered",
  NotificaScarto: "rejected",
  RicevutaScarto: "rejected",
  NotificaMancataConsegna: "undeliverable",
  RicevutaImpossibilitaRecapito: "undeliverable",
};

/** Reads a receipt of SdI. @throws invalid `fatturapa.xml`, `fatturapa.receipt`, too_large `fatturapa.too_large`. */
export function readReceipt(bytes: Uint8Array): Receipt {
  const root = readXml(bytes, xmlLimits.receiptBytesMax);
  const kind = kinds[root.name];
  const sdiId = textAt(root, "IdentificativoSdI") ?? "";
  const fileName = textAt(root, "NomeFile") ?? "";
  if (
    kind === undefined ||
    !/^\d{1,20}$/.test(sdiId) ||
    !/^[A-Z]{2}[A-Za-z0-9]{2,28}_[A-Za-z0-9]{1,10}\.xml(\.p7m)?$/.test(fileName)
  )
    throw new Failure("invalid", "fatturapa.receipt", "this is not a receipt of SdI");
  const at = Date.parse(textAt(root, "DataOraConsegna") ?? textAt(root, "DataOraRicezione") ?? "");
  return {
    kind,
    sdiId,
    fileName,
    messageId: (textAt(root, "MessageId") ?? "").slice(0, 40),
    atMs: Number.isNaN(at) ? null : at,
    errors: errorsOf(root),
  };
}

function errorsOf(root: XmlElement): Receipt["errors"] {
  const list = root.children.find((child) => child.name === "ListaErrori")?.children ?? [];
  return list.slice(0, 100).map((error) => ({
    code: (textAt(error, "Codice") ?? "").slice(0, 10),
    description: (textAt(error, "Descrizione") ?? "").slice(0, 500),
  }));
}
