import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { type InvoiceId, providerTenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { openPool } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { clock, database, invoiced, seller, services, system } from "./billing.test-support.ts";
import { type ArchiveManifest, creditInvoice, exportArchive, jobHandlers, readDocument } from "./index.ts";

const dayMs = 24 * 3_600_000;
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

/** What the database's owner can do to a document, and nobody else. */
async function tamper(id: InvoiceId, kind: "xml" | "pdf_it", how: "damage" | "forge" | "mend"): Promise<void> {
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner`alter table billing_documents no force row level security`;
  if (how === "mend")
    await owner`update billing_documents set bytes = substring(bytes from 1 for length(bytes) - 1)
      where invoice_id = ${id} and kind = ${kind}`;
  else
    await owner`update billing_documents set bytes = bytes || '\\x00'::bytea where invoice_id = ${id} and kind = ${kind}`;
  if (how !== "damage")
    await owner`update billing_documents set sha256 = encode(sha256(bytes), 'hex')
      where invoice_id = ${id} and kind = ${kind}`;
  await owner`alter table billing_documents force row level security`;
  await owner.end();
}

async function taken(year: number) {
  const pieces: Buffer[] = [];
  const from = { ...services, providerName: "Provider S.r.l.", archiveKey: privateKey };
  for await (const piece of exportArchive(from, year)) pieces.push(piece);
  const files = unzipSync(Buffer.concat(pieces));
  const text = (path: string) => new TextDecoder().decode(files[path]);
  const manifest = JSON.parse(text("manifest.json")) as ArchiveManifest;
  const wrong = manifest.files.filter(
    ({ path, sha256 }) =>
      createHash("sha256")
        .update(files[path] ?? "")
        .digest("hex") !== sha256,
  );
  return { files, text, manifest, wrong: wrong.map(({ path }) => path) };
}

test("R49: a year of invoices leaves as it was handed out, with index, hash list and a signature over all of it", async () => {
  const { tenantId, invoice } = await invoiced(true);
  const from = await seller();
  const note = await database.db.tenant(tenantId, (tx) =>
    creditInvoice(tx, system, { id: invoice.id, reason: "wrong", seller: from }, services),
  );
  const { files, text, manifest, wrong } = await taken(2026);
  expect(
    verify(null, Buffer.from(text("manifest.json")), publicKey, Buffer.from(text("manifest.json.sig"), "base64")),
  ).toBe(true);
  expect([wrong, manifest.damaged, manifest.documents]).toEqual([[], 0, 6]);
  const named = [...manifest.files.map(({ path }) => path), "manifest.json", "manifest.json.sig"];
  expect(Object.keys(files).toSorted()).toEqual(named.toSorted());
  const xml = await database.db.tenant(tenantId, (tx) => readDocument(tx, invoice.id, "xml"));
  const path = `2026/CF-2026-${invoice.number}/${xml?.fileName}`;
  expect(Buffer.from(files[path] ?? [])).toEqual(xml?.bytes);
  const [, ...rows] = text("index.csv").trimEnd().split("\r\n");
  expect(rows).toHaveLength(6);
  expect(rows.find((row) => row.includes(path))).toBe(
    [
      ...[
        `CF-2026-${invoice.number}`,
        "invoice",
        "2026-11-29",
        "Rossi & Figli S.r.l.",
        "IT",
        "98765432103",
        "",
        "2.49",
      ],
      ...["xml", "1", path, xml?.bytes.length, xml?.sha256, xml?.madeAt.toISOString(), "2036-11-30", "whole"],
    ].join(","),
  );
  expect(rows.filter((row) => row.startsWith(`CF-2026-${note.number},credit_note,`))).toHaveLength(3);
  expect(text("SHA256SUMS")).toContain(`${xml?.sha256}  ${path}\n`);
  expect((await taken(2025)).manifest.documents).toBe(0);
  // Damaged in the archive: whoever checks the copy finds it.
  await tamper(invoice.id, "xml", "damage");
  const damaged = await taken(2026);
  expect([damaged.wrong, damaged.manifest.damaged]).toEqual([[path], 1]);
  expect(
    damaged
      .text("index.csv")
      .split("\r\n")
      .filter((row) => row.endsWith(",damaged")),
  ).toHaveLength(1);
  await tamper(invoice.id, "xml", "mend");
});

test("R49: once a year the hash list is verified; what was damaged, or changed with its hash, is found and looked at each day", async () => {
  const { invoice } = await invoiced();
  const job = jobHandlers(services).find(({ task }) => task === "billing.archive");
  const look = async () => {
    const signal = AbortSignal.timeout(60_000);
    await job?.run({}, { tenantId: null, attempt: 1, signal, logger: new MemoryLogger() });
    return database.db.operator(
      (tx) => tx.sql<{ damaged: number; kept: boolean | null }[]>`
        select damaged, is_list_kept as kept from billing_archive_checks order by at`,
    );
  };
  await clock.advance(dayMs);
  const sound = { damaged: 0, kept: true };
  expect(await look()).toEqual([{ damaged: 0, kept: null }]);
  await clock.advance(dayMs);
  expect(await look()).toHaveLength(1);
  await clock.advance(366 * dayMs);
  expect((await look()).slice(1)).toEqual([sound]);
  await clock.advance(366 * dayMs);
  await tamper(invoice.id, "pdf_it", "forge");
  expect((await look()).slice(2)).toEqual([{ damaged: 0, kept: false }]);
  await clock.advance(dayMs);
  await tamper(invoice.id, "pdf_it", "damage");
  expect((await look()).slice(3)).toEqual([{ damaged: 1, kept: false }]);
  await clock.advance(dayMs);
  await tamper(invoice.id, "pdf_it", "mend");
  await tamper(invoice.id, "pdf_it", "mend");
  expect((await look()).slice(4)).toEqual([sound]);
  await clock.advance(dayMs);
  expect(await look()).toHaveLength(5);
  const { entries } = await database.db.operator((tx) =>
    listAudit(tx, { tenantId: providerTenantId, action: "billing.archive_checked" }),
  );
  expect(entries).toHaveLength(5);
});
