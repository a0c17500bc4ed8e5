import { requestedTakeoutSchema, requestTakeoutSchema, takeoutListSchema } from "@casaforte/contract/takeouts";
import { type Actor, Failure, parseId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isBeginning, type RangedBody, sendRanged } from "@casaforte/modules/departure";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { transferLimits } from "./limits.ts";
import { requestTakeout } from "./run-takeout.ts";
import type { TransferServices } from "./services.ts";
import { noteTaken, selectTakeout, selectTakeouts } from "./store-takeouts.ts";
import type { Takeout, TakeoutId } from "./takeout.ts";

export interface TakeoutHttpServices extends Pick<TransferServices, "db" | "blobs" | "clock" | "random" | "jobs"> {
  /** The mail account that is signed in. @throws unauthenticated, forbidden. */
  readonly owner: (request: unknown) => Promise<Extract<Actor, { kind: "mail_account" }>>;
}

const idParams = z.object({ id: z.uuid() });

/** Webmail's: one's own mail, to take along (R62). */
export function registerTakeoutRoutes(app: Face, services: TakeoutHttpServices): void {
  const { db, blobs, clock, owner } = services;
  const isOver = ({ expiresAt }: Takeout) => (expiresAt?.getTime() ?? 0) <= clock.nowMs();

  app.get("/api/mail-takeouts", { schema: { response: { 200: takeoutListSchema } } }, async (request) => {
    const { tenantId, mailAccountId } = await owner(request);
    const found = await db.tenant(tenantId, (tx) => selectTakeouts(tx, mailAccountId, transferLimits.takeoutsShown), {
      readOnly: true,
    });
    return {
      takeouts: found.map((takeout) => ({
        id: takeout.id,
        format: takeout.format,
        state: takeout.state === "ready" && isOver(takeout) ? ("expired" as const) : takeout.state,
        requestedAt: takeout.requestedAt.toISOString(),
        total: takeout.total,
        done: takeout.done,
        bytes: takeout.bytes,
        expiresAt: takeout.expiresAt?.toISOString() ?? null,
        failedCode: takeout.failedCode,
      })),
    };
  });

  app.post(
    "/api/mail-takeouts",
    { schema: { body: requestTakeoutSchema, response: { 202: requestedTakeoutSchema } } },
    async (request, reply) => {
      const actor = await owner(request);
      const id = await db.tenant(actor.tenantId, (tx) => requestTakeout(tx, actor, request.body, services));
      return reply.status(202).send({ id });
    },
  );

  app.get("/api/mail-takeouts/:id/archive", { schema: { params: idParams } }, async (request, reply) => {
    const actor = await owner(request);
    const id = parseId<TakeoutId>(request.params.id);
    const takeout = await db.tenant(actor.tenantId, (tx) => selectTakeout(tx, id), { readOnly: true });
    if (takeout?.accountId !== actor.mailAccountId || takeout.blobId === null || isOver(takeout))
      throw new Failure("not_found", "transfers.no_takeout", "there is no such archive, or its time is over");
    const { blobId } = takeout;
    const body: RangedBody = {
      size: takeout.bytes,
      etag: blobId,
      open: (offset, length, signal) => blobs.read(actor.tenantId, blobId, { offset, length }, { signal }),
    };
    // Once a download, not for each piece of it; a first piece tells it too, wherever it begins.
    const isAnew = isBeginning(body, request.headers);
    await db.tenant(actor.tenantId, async (tx) => {
      const nowMs = clock.nowMs();
      const since = new Date(nowMs - transferLimits.takeoutFetchMs);
      const isFirst = await noteTaken(tx, id, since, new Date(nowMs));
      if (isFirst || isAnew)
        await recordAudit(tx, actor, {
          action: "transfers.takeout_taken",
          object: { kind: "takeout", id },
          details: {},
        });
    });
    const named = { fileName: `mail-${takeout.format}.zip`, contentType: "application/zip" };
    return sendRanged(reply, body, request.headers, named);
  });
}
