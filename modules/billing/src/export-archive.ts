import { createHash, type KeyObject, sign } from "node:crypto";
import { decimalOfCents, utf8 } from "@casaforte/kernel";
import { csvCell } from "@casaforte/modules/audit";
import { ZipWriter } from "@casaforte/zip";
import { invoiceNumber } from "./invoice.ts";
import { billingLimits } from "./limits.ts";
import type { BillingServices } from "./services.ts";
import { type ArchivedDocument, selectArchived } from "./store-archive.ts";

export interface ArchiveExportServices extends Pick<BillingServices, "db" | "clock"> {
  /** Stands in the manifest. */
  readonly providerName: string;
  /** Ed25519; signs the manifest. */
  readonly archiveKey: KeyObject;
}

/** `manifest.json` of an export; `sha256` and `bytes` of each file as they have to be. */
export interface ArchiveManifest {
  readonly v: 1;
  readonly kind: "casaforte.invoice-archive";
  readonly provider: string;
  readonly year: number;
  readonly madeAt: string;
  readonly documents: number;
  /** Documents whose bytes are not what was kept; 0 in an archive that is whole. */
  readonly damaged: number;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

const columns =
  "number,kind,issued_on,customer,customer_country,customer_vat,customer_tax_code,total_eur,document,transmission,file,bytes,sha256,kept_since,keep_until,state";

const howToCheck = `Fatture conservate / Archived invoices
======================================

index.csv      un documento per riga / one document a line
SHA256SUMS     sha256sum -c SHA256SUMS
manifest.json  casaforte certificate verify manifest.json --key provider.pem

manifest.json elenca tutti i file con il loro SHA-256; manifest.json.sig è la sua firma Ed25519 in Base64. provider.pem è
la chiave pubblica del fornitore: fatevela dare per un'altra via. Lo stato "damaged" nell'indice vuol dire che il documento
non è più quello conservato.

manifest.json names every file with its SHA-256; manifest.json.sig is its Ed25519 signature in Base64. provider.pem is the
provider's public key: get it by another way. The state "damaged" in the index means that the document is no longer what
was kept.
`;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * The documents of a year's invoices as a ZIP that is written as it goes, for legal conservation (R49): each e-invoice and
 * PDF as it was handed out, an index, the hash list, and a signed manifest of them all. A document that is damaged goes
 * along under the hash that it should have, so that whoever checks the archive finds it.
 */
export async function* exportArchive(services: ArchiveExportServices, year: number): AsyncGenerator<Buffer> {
  const { clock, providerName, archiveKey } = services;
  let written: Buffer[] = [];
  const take = (): Buffer[] => {
    const taken = written;
    written = [];
    return taken;
  };
  const zip = new ZipWriter(async (bytes) => void written.push(Buffer.from(bytes)));
  const files: ArchiveManifest["files"][number][] = [];
  const index = [`${columns}\r\n`];
  let damaged = 0;
  for await (const document of archived(services, year)) {
    const { bytes, fileName, madeAt } = document;
    const path = `${year}/${invoiceNumber(document)}/${fileName}`;
    const isWhole = sha256(bytes) === document.sha256;
    if (!isWhole) damaged++;
    files.push({ path, bytes: bytes.length, sha256: document.sha256 });
    index.push(indexLine(document, path, isWhole));
    await zip.file({ name: utf8(path), mode: 0o400, modifiedMs: madeAt.getTime() }, bytes);
    yield* take();
  }
  const documents = files.length;
  const nowMs = clock.nowMs();
  const add = async (path: string, text: string, isListed = true) => {
    const bytes = utf8(text);
    if (isListed) files.push({ path, bytes: bytes.length, sha256: sha256(bytes) });
    await zip.file({ name: utf8(path), mode: 0o400, modifiedMs: nowMs }, bytes);
  };
  await add("READ-ME.txt", howToCheck);
  await add("index.csv", index.join(""));
  await add("SHA256SUMS", files.map((file) => `${file.sha256}  ${file.path}\n`).join(""));
  const manifest: ArchiveManifest = {
    v: 1,
    kind: "casaforte.invoice-archive",
    provider: providerName,
    year,
    madeAt: new Date(nowMs).toISOString(),
    documents,
    damaged,
    files,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await add("manifest.json", text, false);
  await add("manifest.json.sig", `${sign(null, utf8(text), archiveKey).toString("base64")}\n`, false);
  await zip.finish();
  yield* take();
}

async function* archived({ db }: Pick<ArchiveExportServices, "db">, year: number): AsyncGenerator<ArchivedDocument> {
  let after: ArchivedDocument | null = null;
  for (;;) {
    const from: ArchivedDocument | null = after;
    const page: ArchivedDocument[] = await db.operator(
      (tx) => selectArchived(tx, year, from, billingLimits.archiveReadAtOnce),
      { readOnly: true },
    );
    yield* page;
    after = page.at(-1) ?? null;
    if (page.length < billingLimits.archiveReadAtOnce) return;
  }
}

function indexLine(document: ArchivedDocument, path: string, isWhole: boolean): string {
  const { customer } = document;
  const cells = [
    invoiceNumber(document) ?? "",
    document.invoiceKind,
    document.issuedOn,
    customer.name,
    customer.country,
    customer.vatNumber ?? "",
    customer.taxCode ?? "",
    decimalOfCents(document.totalCents),
    document.kind,
    String(document.transmission),
    path,
    String(document.bytes.length),
    document.sha256,
    document.madeAt.toISOString(),
    document.keepUntil,
    isWhole ? "whole" : "damaged",
  ];
  return `${cells.map(csvCell).join(",")}\r\n`;
}
