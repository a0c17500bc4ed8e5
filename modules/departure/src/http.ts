import {
  certificateReplySchema,
  confirmDepartureSchema,
  type DepartureReply,
  departureReplySchema,
  departureRequestedSchema,
  type ExportsReply,
  exportRequestedSchema,
  exportsReplySchema,
  requestExportSchema,
} from "@casaforte/contract/departure";
import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Departure, ExportId, ExportRow } from "./departure.ts";
import { cancelDeparture, claimHash, requestDeparture, requestErasure } from "./request-departure.ts";
import { requestExport } from "./run-export.ts";
import { isBeginning, type RangedBody, sendRanged } from "./send-ranged.ts";
import type { DepartureServices } from "./services.ts";
import { selectCertificate, selectDeparture } from "./store.ts";
import { selectExport, selectExports } from "./store-exports.ts";
import { erasesAt } from "./window.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface DepartureHttpServices
  extends Pick<DepartureServices, "db" | "clock" | "random" | "jobs" | "archives" | "tellErasure"> {
  /** Owners and admins. @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<UserActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
  /** @throws not_found for a domain of somebody else. */
  domainName(tx: TenantTx, domainId: string): Promise<string>;
  /** Backups as they are stored, a space at a time. */
  listBackups(tenantId: TenantId): Promise<ExportsReply["backups"]>;
  /** @throws not_found for a space of somebody else. */
  openBackups(tenantId: TenantId, spaceId: string): Promise<RangedBody>;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

export function departureView(departure: Departure | null): DepartureReply["departure"] {
  if (departure === null || departure.state === "cancelled") return null;
  return {
    state: departure.state,
    askedBy: departure.askedBy,
    requestedAt: departure.requestedAt.toISOString(),
    retrievalUntil: departure.retrievalUntil.toISOString(),
    eraseWantedAt: iso(departure.eraseWantedAt),
    erasesAt: iso(erasesAt(departure)),
  };
}

const exportView = (row: ExportRow) => ({
  id: row.id,
  part: row.part,
  mailDomain: row.mailDomain,
  state: row.state,
  requestedAt: row.requestedAt.toISOString(),
  filesDone: Number(row.filesDone),
  bytesDone: Number(row.bytesDone),
  sha256: row.sha256?.toString("hex") ?? null,
  expiresAt: iso(row.expiresAt),
  failedCode: row.failedCode,
});

const params = z.strictObject({ id: z.uuid() });

/** End of the contract and taking the data away, on the customer's face (R61–R63, R86). */
export function registerDepartureRoutes(app: Face, services: DepartureHttpServices): void {
  const { db } = services;

  app.get("/api/departure", { schema: { response: { 200: departureReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    return db.tenant(
      tenantId,
      async (tx) => ({
        organisation: (await readTenant(tx, tenantId)).name,
        departure: departureView(await selectDeparture(tx, tenantId)),
      }),
      { readOnly: true },
    );
  });

  app.post(
    "/api/departure",
    { schema: { body: confirmDepartureSchema, response: { 201: departureRequestedSchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const input = { tenantId: actor.tenantId, ...request.body };
      const { claim, retrievalUntil } = await db.tenant(actor.tenantId, (tx) =>
        requestDeparture(tx, actor, input, services),
      );
      return reply.status(201).send({ claim, retrievalUntil: retrievalUntil.toISOString() });
    },
  );

  app.delete("/api/departure", { schema: { response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.user(request, "write");
    await services.assertFresh(request);
    await db.tenant(actor.tenantId, (tx) => cancelDeparture(tx, actor, services));
    return reply.status(204).send(null);
  });

  app.post(
    "/api/departure/erasure",
    { schema: { body: confirmDepartureSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      await db.tenant(actor.tenantId, (tx) => requestErasure(tx, actor, request.body, services));
      return reply.status(204).send(null);
    },
  );

  /** Whoever left has no sign-in: the secret of the link is the right. */
  app.get(
    "/api/departure-certificates/:claim",
    {
      schema: {
        params: z.strictObject({ claim: z.string().max(100) }),
        response: { 200: certificateReplySchema },
      },
    },
    async (request) => {
      const found = await db.lookup((tx) => selectCertificate(tx, claimHash(request.params.claim)), { readOnly: true });
      if (found === null)
        throw new Failure("not_found", "departure.no_certificate", "there is no certificate behind this link yet");
      return found;
    },
  );

  app.get("/api/exports", { schema: { response: { 200: exportsReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    const rows = await db.tenant(tenantId, selectExports, { readOnly: true });
    return { exports: rows.map(exportView), backups: await services.listBackups(tenantId) };
  });

  app.post(
    "/api/exports",
    { schema: { body: requestExportSchema, response: { 202: exportRequestedSchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const { part, mailDomainId } = request.body;
      const id = await db.tenant(actor.tenantId, async (tx) => {
        const mailDomain = mailDomainId ? await services.domainName(tx, mailDomainId) : null;
        return requestExport(tx, actor, { part, mailDomain }, services);
      });
      return reply.status(202).send({ id });
    },
  );

  app.get("/api/exports/:id/archive", { schema: { params } }, async (request, reply) => {
    const actor = await services.user(request, "write");
    await services.assertFresh(request);
    const row = await db.tenant(actor.tenantId, (tx) => selectExport(tx, parseId<ExportId>(request.params.id)), {
      readOnly: true,
    });
    if (row === null || row.state !== "ready" || row.blobId === null || isOver(row, services.clock.nowMs()))
      throw new Failure("not_found", "departure.no_archive", "there is no such archive, or its time is over");
    const blobId = parseId<Parameters<typeof services.archives.read>[1]>(row.blobId);
    const body: RangedBody = {
      size: Number(row.bytesDone),
      etag: row.blobId,
      open: (offset, length, signal) => services.archives.read(actor.tenantId, blobId, { offset, length }, { signal }),
    };
    if (isBeginning(body, request.headers)) await noteDownload(actor, row.id, row.part);
    return sendRanged(reply, body, request.headers, { fileName: `casaforte-${row.mailDomain ?? row.part}.tar` });
  });

  app.get("/api/exports/backups/:id", { schema: { params } }, async (request, reply) => {
    const actor = await services.user(request, "write");
    await services.assertFresh(request);
    const body = await services.openBackups(actor.tenantId, request.params.id);
    if (isBeginning(body, request.headers)) await noteDownload(actor, request.params.id, "backup");
    return sendRanged(reply, body, request.headers, { fileName: "casaforte-backups.tar" });
  });

  /** Once a download, not for each piece of it. */
  async function noteDownload(actor: UserActor, id: string, part: string): Promise<void> {
    await db.tenant(actor.tenantId, (tx) =>
      recordAudit(tx, actor, { action: "departure.export_taken", object: { kind: "export", id }, details: { part } }),
    );
  }
}

const isOver = (row: ExportRow, nowMs: number): boolean => (row.expiresAt?.getTime() ?? 0) <= nowMs;
