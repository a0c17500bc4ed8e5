import { lateTicketsReplySchema, lateTicketsSchema } from "@casaforte/contract/health";
import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { selectLateCustomers } from "@casaforte/modules/devices";
import { listPrincipals } from "@casaforte/modules/identity";
import { readTenant } from "@casaforte/modules/tenancy";
import { openForCustomer, type TicketServices } from "@casaforte/modules/tickets";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { OperatorActor } from "./authorise.ts";
import { lateMs } from "./board-routes.ts";

/** Of one act: it is one transaction. */
const customersMax = 200;

/**
 * One ticket for each customer whose backups are late by one cause, so that a fault of an agent's version is told to all
 * whom it concerns at once (walkthrough C). One act: all of them or none.
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
        let opened = 0;
        let unreached = 0;
        for (const { tenantId, devices } of await selectLateCustomers(
          tx,
          since,
          { cause, agentVersion },
          customersMax,
        )) {
          const person = await whoIsTold(tx, tenantId);
          if (person === null) {
            unreached++;
            continue;
          }
          const { language } = await readTenant(tx, tenantId);
          const about = { kind: "incident", severity: "high", concerns: devices.join(", ") } as const;
          const input = { ...about, ...texts[language], tenantId, language, ...person };
          await openForCustomer(tx, actor, input, services);
          opened++;
        }
        return { opened, unreached };
      });
      return reply.status(201).send(told);
    },
  );
}

/** An owner, or else an administrator. */
async function whoIsTold(
  tx: OperatorTx,
  tenantId: TenantId,
): Promise<{ readonly requesterAddress: string; readonly requesterId: PrincipalId } | null> {
  const { people } = await listPrincipals(tx, { tenantId, realm: "user", count: 200 });
  const active = people.filter(({ status }) => status === "active");
  const person = active.find(({ role }) => role === "owner") ?? active.find(({ role }) => role === "admin");
  return person === undefined ? null : { requesterAddress: person.login, requesterId: person.id };
}
