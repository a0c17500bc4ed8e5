import {
  requestedTransfersSchema,
  requestTransfersSchema,
  resumeTransferSchema,
  type TransferReply,
  transferDetailSchema,
  transferListSchema,
  transferQuerySchema,
} from "@casaforte/contract/transfers";
import { type Actor, Failure, parseId } from "@casaforte/kernel";
import { accountOfAddress } from "@casaforte/modules/mailbox";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { transferLimits } from "./limits.ts";
import { cancelTransfer, pauseTransfer, requestTransfer, resumeTransfer } from "./request-transfer.ts";
import type { TransferServices } from "./services.ts";
import { type ListedTransfer, selectTransfer, selectTransfers } from "./store.ts";
import { selectFolders, selectProblems } from "./store-folders.ts";
import type { TransferId } from "./transfer.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface TransferHttpServices extends Pick<TransferServices, "db" | "clock" | "random" | "jobs" | "secretKey"> {
  /** Who asks, for `read` or `write` of mail administration. @throws unauthenticated, forbidden. */
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
}

const idParams = z.object({ id: z.uuid() });
type Requested = z.input<typeof requestedTransfersSchema>["rows"][number];

/** The customer console's routes for mail that comes from other servers (R12). */
export function registerTransferRoutes(app: Face, services: TransferHttpServices): void {
  const { db, authorise } = services;

  app.get(
    "/api/mail-transfers",
    { schema: { querystring: transferQuerySchema, response: { 200: transferListSchema } } },
    async (request) => {
      const { tenantId } = await authorise(request, "read");
      const count = request.query.limit ?? transferLimits.pageMax;
      const after = request.query.after === undefined ? null : parseId<TransferId>(request.query.after);
      const found = await db.tenant(tenantId, (tx) => selectTransfers(tx, { after, count: count + 1 }), {
        readOnly: true,
      });
      const shown = found.slice(0, count);
      return { transfers: shown.map(toReply), next: found.length > count ? (shown.at(-1)?.id ?? null) : null };
    },
  );

  app.post(
    "/api/mail-transfers",
    { schema: { body: requestTransfersSchema, response: { 200: requestedTransfersSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const rows: Requested[] = [];
      for (const row of request.body.rows) rows.push(await requestRow(services, actor, row));
      return { rows };
    },
  );

  app.get(
    "/api/mail-transfers/:id",
    { schema: { params: idParams, response: { 200: transferDetailSchema } } },
    async (request) => {
      const { tenantId } = await authorise(request, "read");
      const id = parseId<TransferId>(request.params.id);
      return db.tenant(
        tenantId,
        async (tx) => {
          const transfer = await selectTransfer(tx, id);
          if (transfer === null) throw new Failure("not_found", "transfers.not_there", "there is no such transfer");
          const folders = await selectFolders(tx, id);
          const problems = await selectProblems(tx, id, transferLimits.problemsShown);
          return {
            ...toReply(transfer),
            folders: folders.map(({ source, mailbox, state, total, copied, known, failed }) => ({
              source,
              mailbox,
              state,
              total,
              copied,
              known,
              failed,
            })),
            problems: problems.map((problem) => ({ ...problem, sentAt: problem.sentAt?.toISOString() ?? null })),
          };
        },
        { readOnly: true },
      );
    },
  );

  const act = (verb: "pause" | "cancel", work: typeof pauseTransfer) =>
    app.post(
      `/api/mail-transfers/:id/${verb}`,
      { schema: { params: idParams, response: { 204: z.null() } } },
      async (request, reply) => {
        const actor = await authorise(request, "write");
        const id = parseId<TransferId>(request.params.id);
        await db.tenant(actor.tenantId, (tx) => work(tx, actor, id, services));
        return reply.status(204).send(null);
      },
    );
  act("pause", pauseTransfer);
  act("cancel", cancelTransfer);

  app.post(
    "/api/mail-transfers/:id/resume",
    { schema: { params: idParams, body: resumeTransferSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const input = { id: parseId<TransferId>(request.params.id), password: request.body.password };
      await db.tenant(actor.tenantId, (tx) => resumeTransfer(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
}

/** Each row in a transaction of its own, so that wrong rows stop nothing. */
async function requestRow(
  services: TransferHttpServices,
  actor: UserActor,
  row: z.output<typeof requestTransfersSchema>["rows"][number],
): Promise<Requested> {
  const { line, address, ...source } = row;
  try {
    const id = await services.db.tenant(actor.tenantId, async (tx) => {
      const accountId = await accountOfAddress(tx, address.trim().normalize("NFC").toLowerCase());
      if (accountId === null)
        throw new Failure("not_found", "transfers.no_account", "there is no mail account of this address");
      return requestTransfer(tx, actor, { accountId, ...source }, services);
    });
    return { line, id, code: null };
  } catch (error) {
    if (error instanceof Failure && isOfTheRow(error)) return { line, id: null, code: error.code };
    throw error;
  }
}

const isOfTheRow = ({ kind }: Failure): boolean =>
  kind === "invalid" || kind === "conflict" || kind === "not_found" || kind === "rate_limited";

const toReply = ({ progress, requestedAt, changedAt, endedAt, ...transfer }: ListedTransfer): TransferReply => ({
  ...transfer,
  requestedAt: requestedAt.toISOString(),
  changedAt: changedAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
  progress,
});
