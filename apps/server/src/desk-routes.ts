import { idParamsSchema } from "@casaforte/contract/auth";
import { monthReplySchema } from "@casaforte/contract/billing";
import {
  noteDeletedSchema,
  restoreNoteSchema,
  type TenantNoteReply,
  type TenantServicesReply,
  tenantNoteSchema,
  tenantNotesQuerySchema,
  tenantNotesReplySchema,
  tenantServicesSchema,
  writeNoteSchema,
} from "@casaforte/contract/tenants";
import { type PrincipalId, parseId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { licencesNow, monthCosts, monthView } from "@casaforte/modules/billing";
import { countLateDevices } from "@casaforte/modules/devices";
import { listDomains } from "@casaforte/modules/domains";
import { readPrincipal } from "@casaforte/modules/identity";
import { countAccountsByDomain } from "@casaforte/modules/mailbox";
import { listServiceReplies } from "@casaforte/modules/orders";
import { listSites, listSpaces } from "@casaforte/modules/spaces";
import {
  addNote,
  changeNote,
  deleteNote,
  listNotes,
  mayDeleteNote,
  type Note,
  type NoteId,
  readTenant,
  restoreNote,
} from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Access, OperatorActor } from "./authorise.ts";
import { lateMs } from "./board-routes.ts";
import type { Core } from "./core.ts";

type Services = Pick<Core, "db" | "clock" | "random" | "secret">;
/** @throws unauthenticated, forbidden. */
type Operator = (request: unknown, access: Access) => Promise<OperatorActor>;

/** What operators see of one customer beside its data (O2). In its log it stands that somebody looked; of notes, nothing. */
export function registerDeskRoutes(app: Face, services: Services, operator: Operator): void {
  registerFigures(app, services, operator);
  registerNotes(app, services, operator);
}

function registerFigures(app: Face, { db, clock }: Services, operator: Operator): void {
  app.get(
    "/api/tenants/:id/services",
    { schema: { params: idParamsSchema, response: { 200: tenantServicesSchema } } },
    async (request) => {
      const actor = await operator(request, "read");
      const tenantId = parseId<TenantId>(request.params.id);
      return db.tenant(tenantId, async (tx) => {
        await readTenant(tx, tenantId);
        await recordAudit(tx, actor, { action: "tenancy.services_listed", object: { kind: "tenant", id: tenantId } });
        return servicesOf(tx, clock.nowMs());
      });
    },
  );

  app.get(
    "/api/tenants/:id/month",
    { schema: { params: idParamsSchema, response: { 200: monthReplySchema } } },
    async (request) => {
      const actor = await operator(request, "read");
      const tenantId = parseId<TenantId>(request.params.id);
      const nowMs = clock.nowMs();
      return db.tenant(tenantId, async (tx) => {
        await readTenant(tx, tenantId);
        await recordAudit(tx, actor, { action: "billing.month_read", object: { kind: "tenant", id: tenantId } });
        return monthView(await monthCosts(tx, nowMs), nowMs);
      });
    },
  );
}

async function servicesOf(tx: TenantTx, nowMs: number): Promise<TenantServicesReply> {
  const sites = new Map((await listSites(tx)).map(({ id, name }) => [id, name]));
  const { devices: active, late } = await countLateDevices(tx, new Date(nowMs - lateMs));
  return {
    readAt: new Date(nowMs).toISOString(),
    spaces: (await listSpaces(tx)).map((space) => ({
      ...{ id: space.id, name: space.name, site: sites.get(space.siteId) ?? space.siteId },
      ...{ quotaBytes: Number(space.quotaBytes), usedBytes: Number(space.usedBytes) },
      state: space.state === "suspended" ? "suspended" : "active",
    })),
    devices: { active, late },
    domains: await domainsOf(tx),
    licences: await licencesNow(tx, nowMs),
    lines: await listServiceReplies(tx, nowMs),
  };
}

/** Domains by name, also those without a mail account and those removed whose mail accounts are still there. */
async function domainsOf(tx: TenantTx): Promise<TenantServicesReply["domains"]> {
  const accounts = new Map((await countAccountsByDomain(tx)).map(({ domain, ...counts }) => [domain, counts]));
  const states = new Map((await listDomains(tx)).map(({ name, state }) => [name, state]));
  const none = { active: 0, suspended: 0, deleted: 0, usedBytes: 0n };
  return [...new Set([...states.keys(), ...accounts.keys()])].sort().map((name) => {
    const { usedBytes, ...counts } = accounts.get(name) ?? none;
    return { name, state: states.get(name) ?? "removed", ...counts, usedBytes: Number(usedBytes) };
  });
}

const noteParams = idParamsSchema.extend({ noteId: z.uuid() });

function registerNotes(app: Face, { db, clock, random, secret: secretOf }: Services, operator: Operator): void {
  const undo = { clock, secret: secretOf("notes") };
  const authorNames = (ids: readonly PrincipalId[]) =>
    db.tenant(
      providerTenantId,
      async (tx) => {
        const names = new Map<PrincipalId, string>();
        for (const id of new Set(ids)) names.set(id, await nameOf(tx, id));
        return names;
      },
      { readOnly: true },
    );
  const view = (actor: OperatorActor, note: Note, author: string): TenantNoteReply => ({
    ...{ id: note.id, text: note.text, author },
    writtenAt: note.writtenAt.toISOString(),
    changedAt: note.changedAt?.toISOString() ?? null,
    mayChange: note.authorId === actor.principalId,
    mayDelete: mayDeleteNote(actor, note),
  });
  const own = async (actor: OperatorActor, note: Note) =>
    view(actor, note, (await authorNames([note.authorId])).get(note.authorId) ?? "");

  app.get(
    "/api/tenants/:id/notes",
    {
      schema: {
        params: idParamsSchema,
        querystring: tenantNotesQuerySchema,
        response: { 200: tenantNotesReplySchema },
      },
    },
    async (request) => {
      const actor = await operator(request, "read");
      const { cursor } = request.query;
      const input = {
        tenantId: parseId<TenantId>(request.params.id),
        ...(cursor === undefined ? {} : { cursor: parseId<NoteId>(cursor) }),
      };
      const { notes, nextCursor } = await db.operator((tx) => listNotes(tx, input), { readOnly: true });
      const names = await authorNames(notes.map(({ authorId }) => authorId));
      return { notes: notes.map((note) => view(actor, note, names.get(note.authorId) ?? "")), nextCursor };
    },
  );

  app.post(
    "/api/tenants/:id/notes",
    { schema: { params: idParamsSchema, body: writeNoteSchema, response: { 201: tenantNoteSchema } } },
    async (request, reply) => {
      const actor = await operator(request, "write");
      const input = { tenantId: parseId<TenantId>(request.params.id), text: request.body.text };
      const note = await db.operator((tx) => addNote(tx, actor, input, { clock, random }));
      return reply.status(201).send(await own(actor, note));
    },
  );

  app.patch(
    "/api/tenants/:id/notes/:noteId",
    { schema: { params: noteParams, body: writeNoteSchema, response: { 200: tenantNoteSchema } } },
    async (request) => {
      const actor = await operator(request, "write");
      const { id, noteId } = request.params;
      const which = { tenantId: parseId<TenantId>(id), id: parseId<NoteId>(noteId) };
      const input = { ...which, text: request.body.text, nowMs: clock.nowMs() };
      return own(actor, await db.operator((tx) => changeNote(tx, actor, input)));
    },
  );

  app.delete(
    "/api/tenants/:id/notes/:noteId",
    { schema: { params: noteParams, response: { 200: noteDeletedSchema } } },
    async (request) => {
      const actor = await operator(request, "write");
      const { id, noteId } = request.params;
      const input = { tenantId: parseId<TenantId>(id), id: parseId<NoteId>(noteId) };
      return { undo: await db.operator((tx) => deleteNote(tx, actor, input, undo)) };
    },
  );

  app.post(
    "/api/tenants/:id/notes/restore",
    { schema: { params: idParamsSchema, body: restoreNoteSchema, response: { 200: tenantNoteSchema } } },
    async (request) => {
      const actor = await operator(request, "write");
      const input = { tenantId: parseId<TenantId>(request.params.id), undo: request.body.undo };
      return own(actor, await db.operator((tx) => restoreNote(tx, actor, input, undo)));
    },
  );
}

/** Empty when there is no such person any more. */
const nameOf = (tx: TenantTx, id: PrincipalId): Promise<string> =>
  readPrincipal(tx, id).then(
    ({ displayName, login }) => displayName || login,
    () => "",
  );
