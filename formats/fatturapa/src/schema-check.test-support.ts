import { readFileSync } from "node:fs";
import { memoryPages, validateXML } from "xmllint-wasm";

const schemaFile = (fileName: string) => ({
  fileName,
  contents: readFileSync(new URL(`../schema/${fileName}`, import.meta.url)),
});
const schema = schemaFile("VFPR12-1.2.2.xsd");
const preload = schemaFile("xmldsig-core-schema.xsd");

/**
 * What the official schema VFPR12 1.2.2 says against e-invoices, by libxml2: for each document, in order, its findings
 * (none: it is valid). One run for all of them. Throws when the schema itself does not load.
 */
export async function schemaFindings(documents: readonly Uint8Array[]): Promise<readonly (readonly string[])[]> {
  const xml = documents.map((contents, index) => ({ fileName: `${index}.xml`, contents }));
  const memory = { initialMemoryPages: 64 * memoryPages.MiB, maxMemoryPages: 256 * memoryPages.MiB };
  const result = await validateXML({ xml, schema, preload, ...memory });
  const findings: string[][] = documents.map(() => []);
  for (const error of result.errors) {
    const at = /^(\d+)\.xml$/.exec(error.loc?.fileName ?? "")?.[1];
    if (at !== undefined) findings[Number(at)]?.push(error.message);
  }
  // A schema that does not load speaks of no document.
  if (findings.every((list) => list.length === 0) !== result.valid) throw new Error(result.rawOutput);
  return findings;
}
