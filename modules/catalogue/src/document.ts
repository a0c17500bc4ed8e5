import { createHash } from "node:crypto";
import type { Product } from "./sku.ts";

export type DocumentKind = "terms" | "charter" | "jurisdiction";
export type DocumentLanguage = "it" | "en";

export interface CatalogueDocument {
  readonly id: string;
  readonly version: number;
  readonly language: DocumentLanguage;
  readonly kind: DocumentKind;
  /** A charter's; null concerns everybody. */
  readonly product: Product | null;
  /** A jurisdiction text's. */
  readonly siteId: string | null;
  readonly title: string;
  readonly body: string;
  readonly sha256: string;
  readonly validFrom: Date;
}

/** What somebody says to have read: the very text, by its hash (R6). */
export interface Accepted {
  readonly documentId: string;
  readonly version: number;
  readonly sha256: string;
}

export interface Acceptance extends Accepted {
  readonly language: DocumentLanguage;
  readonly principalId: string;
  readonly ip: string;
  readonly at: Date;
}

/** What a customer is concerned by: the products and sites ordered or about to be. */
export interface Concern {
  readonly products: readonly Product[];
  readonly sites: readonly string[];
}

/** Of title and body, with a line between, in UTF-8. */
export const documentHash = (title: string, body: string): string =>
  createHash("sha256").update(`${title}\n${body}`).digest("hex");

export const concerns = (document: CatalogueDocument, { products, sites }: Concern): boolean =>
  document.kind === "jurisdiction"
    ? document.siteId !== null && sites.includes(document.siteId)
    : document.product === null || products.includes(document.product);

/** Of each document the version in force, in every language it has. */
export function inForce(documents: readonly CatalogueDocument[], atMs: number): CatalogueDocument[] {
  const newest = new Map<string, number>();
  const valid = documents.filter((each) => each.validFrom.getTime() <= atMs);
  for (const { id, version } of valid) newest.set(id, Math.max(version, newest.get(id) ?? 0));
  return valid.filter(({ id, version }) => newest.get(id) === version);
}
