import type { Actor, Clock, TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { type RemindOfRequest, remindOfRequests } from "./deadlines.ts";
import { type RaiseAlarm, raiseAlarms } from "./incidents.ts";
import type { LegalRequest } from "./legal-request.ts";
import { complianceLimits } from "./limits.ts";
import { checkRetention, type RetentionClass } from "./retention.ts";
import { selectToTell, updateTold } from "./store.ts";

const program: Actor = { kind: "system", name: "compliance" };

export interface ComplianceJobServices {
  readonly db: Db;
  readonly clock: Clock;
  /** Writes to the customer's owners that an authority asked for their data. */
  tell(tx: TenantTx, request: LegalRequest): Promise<void>;
  /** Writes to those who handle incidents that a step is due soon, or late. */
  readonly alarm: RaiseAlarm;
  /** Writes to the legal role that a request's deadline is near, or past. */
  readonly remind: RemindOfRequest;
  /** The retention schedule. */
  readonly retention: readonly RetentionClass[];
}

export const jobSchedules: readonly JobSchedule[] = [
  { task: "compliance.clock", everyMs: complianceLimits.clockEveryMs },
  { task: "compliance.retention", everyMs: complianceLimits.retentionEveryMs },
];

/** Tells customers of requests that are under no gag any more. Twice rather than not at all. Returns how many. */
export async function tellCustomers({
  db,
  clock,
  tell,
}: Pick<ComplianceJobServices, "db" | "clock" | "tell">): Promise<number> {
  const now = new Date(clock.nowMs());
  const requests = await db.operator((tx) => selectToTell(tx, now));
  for (const request of requests) {
    const tenantId: TenantId = request.aboutTenant;
    await db.tenant(tenantId, async (tx) => {
      await tell(tx, request);
      await recordAudit(tx, program, {
        action: "compliance.request_told",
        object: { kind: "legal_request", id: request.id },
        details: {
          authority: request.authority,
          act: request.act,
          legalBasis: request.legalBasis,
          kind: request.kind,
          deliveredAt: request.deliveredAt?.toISOString() ?? null,
        },
      });
    });
    await db.operator((tx) => updateTold(tx, request.id, now));
  }
  return requests.length;
}

export const jobHandlers = (services: ComplianceJobServices): readonly JobHandler[] => [
  {
    task: "compliance.clock",
    async run() {
      await services.db.operator((tx) => raiseAlarms(tx, services, services.alarm));
      await services.db.operator((tx) => remindOfRequests(tx, services, services.remind));
      await tellCustomers(services);
    },
  },
  {
    task: "compliance.retention",
    async run(_payload, context) {
      await checkRetention(services, context);
    },
  },
];
