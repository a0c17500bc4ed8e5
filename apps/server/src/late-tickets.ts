import { lateTicketsReplySchema, lateTicketsSchema } from "@casaforte/contract/health";
import { selectLateCustomers } from "@casaforte/modules/devices";
import { readContact } from "@casaforte/modules/identity";
import { readTenant } from "@casaforte/modules/tenancy";
import { openForCustomer, type TicketServices, whatWasTold } from "@casaforte/modules/tickets";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { OperatorActor } from "./authorise.ts";
import { lateMs } from "./board-routes.ts";

/** Written to in one act: it is one transaction. */
const customersMax = 200;
/** Computers that the mail names. */
const namesMax = 50;

/**
 * One ticket for each customer whose backups are late by one cause, so that a fault of an agent's version is told to all
 * whom it concerns at once (walkthrough C), once: who has live tickets of ours that name all these computers gets no other. One
 * act: all of them or none, up to `customersMax`; the same again goes on with those who are left.
 */
export function registerLateTickets(
  app: Face,
  services: TicketServices & { readonly db: Db },
  operator: (request: unknown, access: "write") => Promise<OperatorActor>,
): void {
  const { db, clock } = services;
  app.post(
    "/api/board/late/tickets",
    { schema: { body: lateTicketsSchema, response: { 201: lateTicketsReplySchema } } },
    async (request, reply) => {
      const actor = await operator(request, "write");
      const { cause, agentVersion, texts } = request.body;
      const since = new Date(clock.nowMs() - lateMs);
      const told = await db.operator(async (tx) => {
        const known = await whatWasTold(tx);
        const late = await selectLateCustomers(tx, since, { cause, agentVersion });
        const untold = late.filter(({ tenantId, devices }) => !namesAll(known.get(tenantId) ?? "", devices));
        let opened = 0;
        let unreached = 0;
        let left = 0;
        for (const { tenantId, devices } of untold) {
          if (opened === customersMax) {
            left++;
            continue;
          }
          const person = await readContact(tx, tenantId);
          if (person === null) {
            unreached++;
            continue;
          }
          const { language } = await readTenant(tx, tenantId);
          const { subject, body } = texts[language];
          const about = { kind: "incident", severity: "high", concerns: devices.join(", ") } as const;
          const words = { subject, body: `${body}\n\n${listed(devices)}`, language };
          const to = { tenantId, requesterAddress: person.login, requesterId: person.id };
          await openForCustomer(tx, actor, { ...about, ...words, ...to }, services);
          opened++;
        }
        return { opened, unreached, known: late.length - untold.length, left };
      });
      return reply.status(201).send(told);
    },
  );
}

/** Names of computers, as the mail lists them. */
const listed = (names: readonly string[]): string =>
  [...names.slice(0, namesMax).map((name) => `- ${name}`), ...(names.length > namesMax ? ["- …"] : [])].join("\n");

/** Whether what a customer was told lists every one of these computers. */
function namesAll(told: string, names: readonly string[]): boolean {
  const lines = new Set(told.split("\n"));
  return names.slice(0, namesMax).every((name) => lines.has(`- ${name}`));
}
