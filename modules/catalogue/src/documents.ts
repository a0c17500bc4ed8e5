import { type Actor, type Clock, Failure, type Id, newId, type Random } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import {
  type Accepted,
  type CatalogueDocument,
  type Concern,
  concerns,
  type DocumentKind,
  documentHash,
  inForce,
} from "./document.ts";
import type { Product } from "./sku.ts";
import { insertAcceptance, insertDocument, lockNextVersion, selectAcceptances, selectDocuments } from "./store.ts";

export interface PublishDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly product: Product | null;
  readonly siteId: string | null;
  readonly title: { readonly it: string; readonly en: string };
  readonly body: { readonly it: string; readonly en: string };
  readonly validFromMs: number;
  readonly nowMs: number;
}

/**
 * Publishes a document in both languages. The same text as the newest version is no new version; other text is one, and
 * is to be accepted again from its date on (R72). Returns the version that now holds this text.
 */
export async function publishDocument(tx: OperatorTx, actor: Actor, input: PublishDocument): Promise<number> {
  await lockNextVersion(tx, `document ${input.id}`);
  const known = (await selectDocuments(tx)).filter((each) => each.id === input.id);
  const newest = Math.max(0, ...known.map((each) => each.version));
  const hashOf = (language: "it" | "en") => documentHash(input.title[language], input.body[language]);
  const isSame = (language: "it" | "en") =>
    known.some((each) => each.version === newest && each.language === language && each.sha256 === hashOf(language));
  if (isSame("it") && isSame("en")) return newest;
  const version = newest + 1;
  for (const language of ["it", "en"] as const)
    await insertDocument(
      tx,
      {
        id: input.id,
        version,
        language,
        kind: input.kind,
        product: input.product,
        siteId: input.siteId,
        title: input.title[language],
        body: input.body[language],
        sha256: hashOf(language),
        validFrom: new Date(input.validFromMs),
      },
      new Date(input.nowMs),
    );
  await recordAudit(tx, actor, {
    action: "catalogue.document_published",
    object: { kind: "document", id: input.id },
    details: { version, it: hashOf("it"), en: hashOf("en") },
  });
  return version;
}

/** Documents in force that concern somebody, in both languages. */
export async function requiredDocuments(tx: Tx, concern: Concern, nowMs: number): Promise<CatalogueDocument[]> {
  return inForce(await selectDocuments(tx), nowMs).filter((document) => concerns(document, concern));
}

/** Those of them that this tenant has not accepted in the version in force (R72). */
export async function pendingDocuments(tx: TenantTx, concern: Concern, nowMs: number): Promise<CatalogueDocument[]> {
  const accepted = await selectAcceptances(tx);
  const isAccepted = ({ id, version }: CatalogueDocument) =>
    accepted.some((each) => each.documentId === id && each.version === version);
  return (await requiredDocuments(tx, concern, nowMs)).filter((document) => !isAccepted(document));
}

export interface AcceptDocuments {
  readonly accepted: readonly Accepted[];
  readonly nowMs: number;
}

/**
 * Records what a person accepts: document, version, hash, who, when, from where (R6). What was accepted before is not
 * recorded twice. @throws invalid `catalogue.document_changed` when a hash is not that of a text in force.
 */
export async function acceptDocuments(
  tx: TenantTx,
  actor: Actor,
  input: AcceptDocuments,
  services: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  const current = inForce(await selectDocuments(tx), input.nowMs);
  const before = await selectAcceptances(tx);
  for (const said of input.accepted) {
    const document = current.find(
      (each) => each.id === said.documentId && each.version === said.version && each.sha256 === said.sha256,
    );
    if (document === undefined)
      throw new Failure("invalid", "catalogue.document_changed", "this text is not the one in force; read it again");
    if (before.some((each) => each.documentId === said.documentId && each.version === said.version)) continue;
    const id = newId<Id<"Acceptance">>(services.clock, services.random);
    await insertAcceptance(tx, id, {
      ...said,
      language: document.language,
      principalId: "principalId" in actor ? actor.principalId : actor.kind === "system" ? actor.name : actor.kind,
      ip: "ip" in actor ? actor.ip : "",
      at: new Date(input.nowMs),
    });
    await recordAudit(tx, actor, {
      action: "catalogue.document_accepted",
      object: { kind: "document", id: said.documentId },
      details: { version: said.version, language: document.language, sha256: said.sha256 },
    });
  }
}

/** @throws invalid `catalogue.acceptance_missing` (R6), naming the first document that lacks. */
export async function assertAccepted(tx: TenantTx, concern: Concern, nowMs: number): Promise<void> {
  const [missing] = await pendingDocuments(tx, concern, nowMs);
  if (missing !== undefined)
    throw new Failure("invalid", "catalogue.acceptance_missing", "a document has to be accepted first", {
      details: { document: missing.id, version: missing.version },
    });
}
