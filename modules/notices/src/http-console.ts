import {
  addContactSchema,
  type CalendarReply,
  type ContactReply,
  calendarReplySchema,
  contactSchema,
  contactsReplySchema,
  ownNoticesReplySchema,
} from "@casaforte/contract/notices";
import { type Actor, parseId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { makeCalendar, type OwnCalendar, readCalendar, revokeCalendar } from "./calendars.ts";
import { toNotice } from "./http-views.ts";
import { addContact, removeContact } from "./people.ts";
import type { NoticeServices } from "./services.ts";
import { selectOwnNotices, selectUpdates } from "./store.ts";
import { selectContacts } from "./store-people.ts";
import type { Contact, ContactId } from "./types.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface NoticeConsoleServices extends NoticeServices {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<UserActor>;
  /** Who looks after the customer's people. @throws unauthenticated, forbidden. */
  manager(request: unknown, access: "read" | "write"): Promise<UserActor>;
}

const toContact = ({ tenantId: _, ...contact }: Contact): ContactReply => ({
  ...contact,
  askedAt: contact.askedAt.toISOString(),
  confirmedAt: contact.confirmedAt?.toISOString() ?? null,
  bouncedAt: contact.bouncedAt?.toISOString() ?? null,
});

const toCalendar = (calendar: OwnCalendar | null): CalendarReply => ({
  url: calendar?.url ?? null,
  madeAt: calendar?.madeAt.toISOString() ?? null,
});

/** What concerned this customer, and whom he wants told (R24, R25, R102). */
export function registerNoticeRoutes(app: Face, services: NoticeConsoleServices): void {
  const { db } = services;
  app.get("/api/notices", { schema: { response: { 200: ownNoticesReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    return db.tenant(
      tenantId,
      async (tx) => {
        const notices = await selectOwnNotices(tx);
        const updates = await selectUpdates(
          tx,
          notices.map(({ id }) => id),
        );
        return { notices: notices.map((notice) => toNotice(notice, updates)) };
      },
      { readOnly: true },
    );
  });
  // Whoever has the address reads the calendar: it is shown to those who may renew it.
  app.get("/api/notices/calendar", { schema: { response: { 200: calendarReplySchema } } }, async (request) => {
    const { tenantId } = await services.manager(request, "write");
    return toCalendar(await db.tenant(tenantId, (tx) => readCalendar(tx, services), { readOnly: true }));
  });
  app.post("/api/notices/calendar", { schema: { response: { 201: calendarReplySchema } } }, async (request, reply) => {
    const actor = await services.manager(request, "write");
    const made = await db.tenant(actor.tenantId, (tx) => makeCalendar(tx, actor, services));
    return reply.status(201).send(toCalendar(made));
  });
  app.delete("/api/notices/calendar", { schema: { response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.manager(request, "write");
    await db.tenant(actor.tenantId, (tx) => revokeCalendar(tx, actor));
    return reply.status(204).send(null);
  });
  app.get("/api/contacts", { schema: { response: { 200: contactsReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    const contacts = await db.tenant(tenantId, (tx) => selectContacts(tx), { readOnly: true });
    return { contacts: contacts.map(toContact) };
  });
  app.post(
    "/api/contacts",
    { schema: { body: addContactSchema, response: { 201: contactSchema } } },
    async (request, reply) => {
      const actor = await services.manager(request, "write");
      const input = { ...request.body, address: request.body.address.toLowerCase() };
      const contact = await db.tenant(actor.tenantId, (tx) => addContact(tx, actor, input, services));
      return reply.status(201).send(toContact(contact));
    },
  );
  app.delete(
    "/api/contacts/:id",
    { schema: { params: z.strictObject({ id: z.uuid() }), response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.manager(request, "write");
      await db.tenant(actor.tenantId, (tx) => removeContact(tx, actor, parseId<ContactId>(request.params.id)));
      return reply.status(204).send(null);
    },
  );
}
