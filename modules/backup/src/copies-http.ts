import {
  type CopySums,
  copiesQuerySchema,
  copiesReplySchema,
  copySumsReplySchema,
  tenantCopiesReplySchema,
} from "@casaforte/contract/copies";
import type { Actor, SpaceId, TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { listSites, requireSpace, type Site, siteOfSpace } from "@casaforte/modules/spaces";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { BackupHttpServices } from "./services.ts";
import { type CopyRow, type CopySum, selectCopies, selectCopySums } from "./store-copies.ts";

const params = z.strictObject({ id: z.uuid() });

const sumReply = (row: CopySum, site: Site | undefined): CopySums => ({
  place: row.place,
  location: (row.place === "first" ? site?.name : site?.replicaName) ?? null,
  blobs: Number(row.blobs),
  bytes: Number(row.bytes),
  waitingBlobs: Number(row.waitingBlobs),
  waitingBytes: Number(row.waitingBytes),
  damagedBlobs: Number(row.damagedBlobs),
  storedAt: row.storedAt?.toISOString() ?? null,
  checkedAt: row.checkedAt?.toISOString() ?? null,
});

const copyReply = (row: CopyRow) => ({
  ...row,
  length: Number(row.length),
  sha256: row.sha256.toString("hex"),
  storedAt: row.storedAt?.toISOString() ?? null,
  checkedAt: row.checkedAt?.toISOString() ?? null,
});

/** Where everything of a space lies, location by location and blob by blob, for its customer (R28). */
export function registerCopyRoutes(app: Face, services: Pick<BackupHttpServices, "db" | "session">): void {
  const { db } = services;

  app.get("/api/spaces/:id/copies", { schema: { params, response: { 200: copySumsReplySchema } } }, async (request) => {
    const actor = await services.session(request);
    const id = request.params.id as SpaceId;
    return db.tenant(
      actor.tenantId,
      async (tx) => {
        const space = await requireSpace(tx, id);
        const site = (await listSites(tx)).find((each) => each.id === space.siteId);
        const sums = await selectCopySums(tx, id);
        return { replicaPlan: space.replicaPlan, copies: sums.map((row) => sumReply(row, site)) };
      },
      { readOnly: true },
    );
  });

  app.get(
    "/api/spaces/:id/copies/blobs",
    { schema: { params, querystring: copiesQuerySchema, response: { 200: copiesReplySchema } } },
    async (request) => {
      const actor = await services.session(request);
      const spaceId = request.params.id as SpaceId;
      const { after = null, pointId = null, limit } = request.query;
      const rows = await db.tenant(
        actor.tenantId,
        async (tx) => {
          await requireSpace(tx, spaceId);
          // A blob has two copies at most: both come in one page.
          return selectCopies(tx, { spaceId, pointId, after }, 2 * limit + 1);
        },
        { readOnly: true },
      );
      const ids = [...new Set(rows.map((row) => row.blobId))];
      const page = new Set(ids.slice(0, limit));
      const copies = rows.filter((row) => page.has(row.blobId)).map(copyReply);
      return { copies, nextAfter: ids.length > limit ? (copies.at(-1)?.blobId ?? null) : null };
    },
  );
}

export interface OperatorCopyServices {
  readonly db: Db;
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<Actor>;
}

/** The same sums for operators, of one customer, in whose audit log it stands that somebody looked (R28). */
export function registerOperatorCopyRoutes(app: Face, services: OperatorCopyServices): void {
  const { db } = services;
  app.get(
    "/api/inventory/tenants/:id/copies",
    { schema: { params, response: { 200: tenantCopiesReplySchema } } },
    async (request) => {
      const actor = await services.operator(request, "read");
      const tenantId = request.params.id as TenantId;
      return db.tenant(tenantId, async (tx) => {
        await readTenant(tx, tenantId);
        const sites = await listSites(tx);
        const copies = [];
        for (const row of await selectCopySums(tx, null)) {
          const siteId = await siteOfSpace(tx, row.spaceId);
          const site = sites.find(({ id }) => id === siteId);
          copies.push({ spaceId: row.spaceId, siteId, ...sumReply(row, site) });
        }
        await recordAudit(tx, actor, { action: "backup.copies_listed", object: { kind: "tenant", id: tenantId } });
        return { copies };
      });
    },
  );
}
