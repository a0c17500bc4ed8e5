import { boardSchema } from "@casaforte/contract/health";
import { type Actor, type PrincipalId, providerTenantId } from "@casaforte/kernel";
import { listAudit, recordAudit } from "@casaforte/modules/audit";
import { selectLateBackups } from "@casaforte/modules/devices";
import { readPrincipal } from "@casaforte/modules/identity";
import { capacityOutlook } from "@casaforte/modules/placement";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Core } from "./core.ts";

const lateMs = 48 * 3_600_000;
const fullSoonDays = 30;
const causesShown = 20;
const seenAction = "board.seen";

/** The morning's board (O1): late backups by cause, places that fill up, and who has seen it all. */
export function registerBoardRoutes(
  app: Face,
  { db, clock }: Pick<Core, "db" | "clock">,
  operator: (request: unknown, access: "read") => Promise<Actor>,
): void {
  app.get("/api/board", { schema: { response: { 200: boardSchema } } }, async (request) => {
    await operator(request, "read");
    const nowMs = clock.nowMs();
    const { late, sites, entry } = await db.operator(
      async (tx) => ({
        late: await selectLateBackups(tx, new Date(nowMs - lateMs), causesShown),
        sites: await capacityOutlook(tx, nowMs),
        entry: (await listAudit(tx, { tenantId: providerTenantId, action: seenAction, count: 1 })).entries[0],
      }),
      { readOnly: true },
    );
    const by = entry?.actorId ?? null;
    const name =
      by === null
        ? ""
        : await db
            .tenant(providerTenantId, (tx) => readPrincipal(tx, by as PrincipalId), { readOnly: true })
            .then(
              ({ displayName }) => displayName,
              () => "",
            );
    return {
      late: [...late],
      fullSoon: sites.flatMap(({ name: site, fullInDays: days }) =>
        days !== null && days < fullSoonDays ? [{ site, days }] : [],
      ),
      seen: entry === undefined ? null : { at: entry.at.toISOString(), name },
      readAt: new Date(nowMs).toISOString(),
    };
  });

  app.post("/api/board/seen", { schema: { response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await operator(request, "read");
    await db.operator((tx) => recordAudit(tx, actor, { action: seenAction, object: { kind: "board", id: "morning" } }));
    return reply.status(204).send(null);
  });
}
