import { type BoardReply, boardSchema, capacityNoteSchema } from "@casaforte/contract/health";
import { type Actor, Failure, type PrincipalId, providerTenantId } from "@casaforte/kernel";
import { listAudit, recordAudit } from "@casaforte/modules/audit";
import { listTroubled } from "@casaforte/modules/certificates";
import { countDueRequests } from "@casaforte/modules/compliance";
import { selectLateBackups } from "@casaforte/modules/devices";
import { readPrincipal } from "@casaforte/modules/identity";
import { capacityOutlook } from "@casaforte/modules/placement";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Core } from "./core.ts";
import { lateEscrow, readEscrow } from "./escrow.ts";
import { ownAddressesOf, readOwnListings, watchedOf } from "./own-addresses.ts";

/** Without a backup for longer than this, a computer is late. */
export const lateMs = 48 * 3_600_000;
const fullSoonDays = 30;
const causesShown = 20;
const seenAction = "board.seen";
const noteAction = "board.capacity_noted";

/**
 * The morning's board (O1): late backups by cause, places that fill up, requests of authorities that are due, addresses of
 * ours on block lists, copies of master keys that nobody looked at, and who has seen it all.
 */
export function registerBoardRoutes(
  app: Face,
  { db, clock, config, keyChecks }: Pick<Core, "db" | "clock" | "config" | "keyChecks">,
  operator: (request: unknown, access: "read") => Promise<Actor>,
  planner: (request: unknown, access: "write") => Promise<Actor>,
): void {
  const watched = watchedOf(config);
  app.get("/api/board", { schema: { response: { 200: boardSchema } } }, async (request) => {
    await operator(request, "read");
    const nowMs = clock.nowMs();
    const { late, fullSoon, troubled, due, escrow, entry } = await db.operator(
      async (tx) => ({
        late: await selectLateBackups(tx, new Date(nowMs - lateMs), causesShown),
        fullSoon: await sitesFullSoon(tx, nowMs),
        troubled: await listTroubled(tx, nowMs),
        due: await countDueRequests(tx, new Date(nowMs)),
        escrow: await readEscrow(tx, keyChecks, nowMs),
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
      fullSoon,
      certificates: troubled.map(({ name, tenantId, endsAt, trouble, words }) => ({
        ...{ name, trouble, words },
        tenantId: tenantId === providerTenantId ? null : tenantId,
        endsAt: endsAt?.toISOString() ?? null,
      })),
      authorities: {
        soon: due.reduce((sum, { soon }) => sum + soon, 0),
        late: due.reduce((sum, { late }) => sum + late, 0),
      },
      escrow: lateEscrow(escrow),
      ownAddresses: ownAddressesOf(watched, await readOwnListings(db, watched)),
      seen: entry === undefined ? null : { at: entry.at.toISOString(), name },
      readAt: new Date(nowMs).toISOString(),
    };
  });

  app.post(
    "/api/board/sites/:id/notes",
    { schema: { params: siteParams, body: capacityNoteSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await planner(request, "write");
      await db.operator(async (tx) => {
        const { id } = request.params;
        if (!(await capacityOutlook(tx, clock.nowMs())).some(({ siteId }) => siteId === id))
          throw new Failure("not_found", "placement.site_unknown", "there is no such site");
        const details = { text: request.body.text };
        await recordAudit(tx, actor, { action: noteAction, object: { kind: "site", id }, details });
      });
      return reply.status(204).send(null);
    },
  );

  app.post("/api/board/seen", { schema: { response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await operator(request, "read");
    await db.operator((tx) => recordAudit(tx, actor, { action: seenAction, object: { kind: "board", id: "morning" } }));
    return reply.status(204).send(null);
  });
}

const siteParams = z.object({ id: z.string().min(1).max(50) });

/** Sites that fill up soon, with what was last written down of each. */
async function sitesFullSoon(tx: OperatorTx, nowMs: number): Promise<BoardReply["fullSoon"]> {
  const soon: BoardReply["fullSoon"] = [];
  for (const { siteId: id, name: site, fullInDays: days } of await capacityOutlook(tx, nowMs)) {
    if (days === null || days >= fullSoonDays) continue;
    const filter = { tenantId: providerTenantId, action: noteAction, objectKind: "site", objectId: id, count: 1 };
    const [entry] = (await listAudit(tx, filter)).entries;
    const text = entry?.details["text"];
    const note = entry === undefined || typeof text !== "string" ? null : { text, at: entry.at.toISOString() };
    soon.push({ id, site, days, note });
  }
  return soon;
}
