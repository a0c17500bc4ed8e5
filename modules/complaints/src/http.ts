import {
  authorityToldSchema,
  complainSchema,
  complaintNumberSchema,
  complaintsQuerySchema,
  complaintsReplySchema,
  decideComplaintSchema,
  denyDangerSchema,
} from "@casaforte/contract/complaints";
import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import { AskBrake } from "@casaforte/modules/notices";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { complain, decideComplaint, noteAuthorityTold, unmarkEndangering } from "./complain.ts";
import type { Complaint, ComplaintId, ComplaintServices, OperatorActor } from "./complaint.ts";
import { complaintLimits } from "./limits.ts";
import { contactPage, contactScript, contactStyle } from "./page.ts";
import { countComplaints, selectComplaints } from "./store.ts";

const languageQuery = z.object({ lang: z.enum(["it", "en"]).optional() });
const maxAge = "public, max-age=300";

/** Contact points and the form, for anybody (DSA, art. 11, 12, 16). */
export function registerComplaintPage(app: Face, services: ComplaintServices): void {
  const brake = new AskBrake();
  app.get("/contact", { schema: { querystring: languageQuery } }, async (request, reply) => {
    const language = request.query.lang ?? (/^\s*en\b/i.test(request.headers["accept-language"] ?? "") ? "en" : "it");
    return reply
      .header("cache-control", maxAge)
      .header("vary", "accept-language")
      .type("text/html; charset=utf-8")
      .send(contactPage(language, services));
  });
  app.get("/contact/page.js", async (_request, reply) =>
    reply.header("cache-control", maxAge).type("text/javascript; charset=utf-8").send(contactScript),
  );
  app.get("/contact/page.css", async (_request, reply) =>
    reply.header("cache-control", maxAge).type("text/css; charset=utf-8").send(contactStyle),
  );
  app.post(
    "/api/complaints",
    {
      bodyLimit: complaintLimits.bodyBytesMax,
      schema: { body: complainSchema, response: { 201: complaintNumberSchema } },
    },
    async (request, reply) => {
      if (!brake.take(request.ip, services.clock.nowMs()))
        throw new Failure(
          "rate_limited",
          "complaints.too_many",
          "too many complaints from this network; try in an hour",
        );
      const { isInGoodFaith: _, name = null, address = null, ...said } = request.body;
      const { number } = await complain({ ...said, name, address }, services);
      return reply.status(201).send({ number: Number(number) });
    },
  );
}

export interface ComplaintDeskServices extends ComplaintServices {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<OperatorActor>;
}

const idParams = z.strictObject({ id: z.uuid() });

/** Complaints on the operators' face: who decides what, and what the authority was told (R87). */
export function registerComplaintRoutes(app: Face, services: ComplaintDeskServices): void {
  const { db } = services;
  const listSchema = { querystring: complaintsQuerySchema, response: { 200: complaintsReplySchema } };
  app.get("/api/desk/complaints", { schema: listSchema }, async (request) => {
    // Who complains is not for everybody: reading takes the roles that decide.
    await services.operator(request, "write");
    return db.operator(
      async (tx) => {
        const complaints = [];
        const page = await selectComplaints(tx, request.query.cursor);
        for (const each of page.complaints) complaints.push(await viewOf(tx, each));
        return { complaints, nextCursor: page.nextCursor, ...(await countComplaints(tx)) };
      },
      { readOnly: true },
    );
  });
  app.post(
    "/api/desk/complaints/:id/authority",
    { schema: { params: idParams, body: authorityToldSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const input = { id: parseId<ComplaintId>(request.params.id), reference: request.body.reference };
      await db.operator((tx) => noteAuthorityTold(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/desk/complaints/:id/no-danger",
    { schema: { params: idParams, body: denyDangerSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const input = { id: parseId<ComplaintId>(request.params.id), reason: request.body.reason };
      await db.operator((tx) => unmarkEndangering(tx, actor, input));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/desk/complaints/:id/decision",
    { schema: { params: idParams, body: decideComplaintSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { decision, upheld } = request.body;
      const input = {
        id: parseId<ComplaintId>(request.params.id),
        decision,
        upheld: upheld === null ? null : { ...upheld, tenantId: parseId<TenantId>(upheld.tenantId) },
      };
      await db.operator((tx) => decideComplaint(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
}

async function viewOf(tx: OperatorTx, { violationId: _, ...complaint }: Complaint) {
  return {
    ...complaint,
    number: Number(complaint.number),
    receivedAt: complaint.receivedAt.toISOString(),
    authorityToldAt: complaint.authorityToldAt?.toISOString() ?? null,
    decidedAt: complaint.decidedAt?.toISOString() ?? null,
    tenantName: complaint.aboutTenant === null ? null : (await readTenant(tx, complaint.aboutTenant)).name,
  };
}
