import { promises as dns } from "node:dns";
import type { MailAccountId, PrincipalId } from "@casaforte/kernel";
import { jobHandlers as auditHandlers, jobSchedules as auditSchedules } from "@casaforte/modules/audit";
import { jobHandlers as backupHandlers, jobSchedules as backupSchedules } from "@casaforte/modules/backup";
import { jobHandlers as billingHandlers, jobSchedules as billingSchedules } from "@casaforte/modules/billing";
import {
  jobHandlers as certificateHandlers,
  jobSchedules as certificateSchedules,
} from "@casaforte/modules/certificates";
import { jobHandlers as complaintHandlers, jobSchedules as complaintSchedules } from "@casaforte/modules/complaints";
import {
  jobHandlers as complianceHandlers,
  jobSchedules as complianceSchedules,
  type LegalRequest,
} from "@casaforte/modules/compliance";
import {
  jobHandlers as departureHandlers,
  jobSchedules as departureSchedules,
  isLeaving,
} from "@casaforte/modules/departure";
import { jobHandlers as deviceHandlers, jobSchedules as deviceSchedules } from "@casaforte/modules/devices";
import { jobHandlers as domainHandlers, jobSchedules as domainSchedules } from "@casaforte/modules/domains";
import { jobHandlers as grantHandlers, jobSchedules as grantSchedules } from "@casaforte/modules/grants";
import {
  jobHandlers as idempotencyHandlers,
  jobSchedules as idempotencySchedules,
} from "@casaforte/modules/idempotency";
import {
  jobHandlers as identityHandlers,
  jobSchedules as identitySchedules,
  listClosedMailSignIns,
  readPrincipal,
} from "@casaforte/modules/identity";
import { jobHandlers as inspectionHandlers, jobSchedules as inspectionSchedules } from "@casaforte/modules/inspections";
import {
  jmapJobHandlers,
  jobHandlers as mailboxHandlers,
  jobSchedules as mailboxSchedules,
  pushHandlers,
  pushSchedules,
  quotaNoticeHandlers,
  quotaNoticeSchedules,
} from "@casaforte/modules/mailbox";
import { jobHandlers as mailflowHandlers, jobSchedules as mailflowSchedules } from "@casaforte/modules/mailflow";
import { jobHandlers as measureHandlers, jobSchedules as measureSchedules } from "@casaforte/modules/measures";
import { jobHandlers as meteringHandlers, jobSchedules as meteringSchedules } from "@casaforte/modules/metering";
import { jobHandlers as noticeHandlers, jobSchedules as noticeSchedules } from "@casaforte/modules/notices";
import { jobHandlers as orderHandlers } from "@casaforte/modules/orders";
import { jobHandlers as placementHandlers } from "@casaforte/modules/placement";
import { jobHandlers as processorHandlers } from "@casaforte/modules/processors";
import {
  jobHandlers as reconciliationHandlers,
  jobSchedules as reconciliationSchedules,
} from "@casaforte/modules/reconciliation";
import { jobHandlers as sieveHandlers, jobSchedules as sieveSchedules } from "@casaforte/modules/sieve";
import { jobHandlers as ticketHandlers, jobSchedules as ticketSchedules } from "@casaforte/modules/tickets";
import { jobHandlers as transferHandlers, jobSchedules as transferSchedules } from "@casaforte/modules/transfers";
import {
  announce,
  jobHandlers as webhookHandlers,
  jobSchedules as webhookSchedules,
} from "@casaforte/modules/webhooks";
import { openAppendFile } from "@casaforte/platform/append-file";
import type { TenantTx } from "@casaforte/platform/db";
import { type JobHandler, type JobSchedule, startWorker, type Worker } from "@casaforte/platform/jobs";
import { anchorFileOf, anchorKey } from "./audit-anchors.ts";
import { billingServices } from "./billing.ts";
import { otherBlobReferences } from "./blob-references.ts";
import { certificateDesk } from "./certificate-desk.ts";
import { reconciliation } from "./data-planes.ts";
import { departingServices } from "./departing.ts";
import { retentionSchedule } from "./evidence/retention.ts";
import { grantDesk } from "./grant-desk.ts";
import { incidentDesk } from "./incident-desk.ts";
import { inspectionDesk } from "./inspection-desk.ts";
import { mailAccountHooks } from "./mail-account-hooks.ts";
import { noticeRoad } from "./notice-road.ts";
import { processorDesk } from "./processor-desk.ts";
import type { Services } from "./services.ts";
import { transferDesk } from "./transfer-desk.ts";
import { jmapServices, pushServices } from "./webmail-jmap.ts";

/** Everything that recurs. */
export const jobSchedules: readonly JobSchedule[] = [
  ...auditSchedules,
  ...identitySchedules,
  ...idempotencySchedules,
  ...meteringSchedules,
  ...billingSchedules,
  ...backupSchedules,
  ...mailboxSchedules,
  ...quotaNoticeSchedules,
  ...pushSchedules,
  ...sieveSchedules,
  ...mailflowSchedules,
  ...deviceSchedules,
  ...domainSchedules,
  ...certificateSchedules,
  ...reconciliationSchedules,
  ...ticketSchedules,
  ...transferSchedules,
  ...measureSchedules,
  ...departureSchedules,
  ...noticeSchedules,
  ...inspectionSchedules,
  ...complaintSchedules,
  ...complianceSchedules,
  ...webhookSchedules,
  ...grantSchedules,
];

/** The handlers of every module. */
export function jobHandlersOf(services: Services): readonly JobHandler[] {
  const { core, identity, mailbox, mailflow } = services;
  const { db, bus, clock, random, logger, config } = core;
  const anchor = {
    file: openAppendFile(anchorFileOf(config)),
    privateKey: anchorKey(core),
  };
  const { isHeld } = identity.context;
  return [
    ...auditHandlers({ db, clock, logger, anchor }),
    ...identityHandlers({ identity }),
    ...idempotencyHandlers({ db, clock }),
    ...meteringHandlers({ db, clock, logger }),
    ...billingHandlers(billingServices(core)),
    ...backupHandlers({
      db,
      clock,
      random,
      logger,
      bus,
      jobs: core.jobs,
      blobStoreFor: core.blobsOfSite,
      replicaStoreFor: core.replicasOfSite,
      notices: noticeRoad(services, "technical"),
      isHeld,
    }),
    ...mailboxHandlers({
      ...mailbox,
      otherBlobReferences,
      isLeaving,
      ends: {
        purged: mailAccountHooks(services).purged,
        // The principal of a mail account carries the account's own id.
        closedSignIns: async (tx) => (await listClosedMailSignIns(tx)).map((id) => id as string as MailAccountId),
      },
    }),
    ...quotaNoticeHandlers(mailbox, {
      ...noticeRoad(services, "technical"),
      // An account of the provider's own may have nobody who signs in to it.
      languageOf: (tx, account) =>
        readPrincipal(tx, account as string as PrincipalId).then(
          ({ language }) => language,
          () => "it" as const,
        ),
      filling: (tx, account) =>
        announce(tx, { type: "mailbox.filling_up", kind: "mail_account", id: account }, services.webhooks),
    }),
    ...jmapJobHandlers(jmapServices(services)),
    ...pushHandlers(pushServices(services)),
    ...sieveHandlers({ db, clock }),
    ...mailflowHandlers({ ...mailflow, isHeld }),
    ...domainHandlers({
      ...{ db, clock, random, logger },
      secretKey: services.domainSecret,
      dns: core.config.mail.dns ? dns : null,
    }),
    ...certificateHandlers(certificateDesk(core)),
    ...deviceHandlers({ db, clock, isHeld }),
    ...orderHandlers({ db, clock, consoleUrl: services.notices.consoleUrl, ...noticeRoad(services, "billing") }),
    ...placementHandlers({ db, clock }),
    ...processorHandlers(processorDesk(services)),
    ...reconciliationHandlers(reconciliation(services)),
    ...ticketHandlers(services.tickets),
    ...transferHandlers({ ...transferDesk(services), isHeld }),
    ...measureHandlers(services.measures),
    ...departureHandlers(departingServices(services)),
    ...noticeHandlers(services.notices),
    ...inspectionHandlers(inspectionDesk(services)),
    ...webhookHandlers(services.webhooks),
    ...grantHandlers(grantDesk(services)),
    ...complaintHandlers({ db, clock, isHeld }),
    ...complianceHandlers({
      db,
      clock,
      tell: (tx, request) => tellOfRequest(tx, request, noticeRoad(services, "legal")),
      alarm: incidentDesk(services).alarm,
      remind: incidentDesk(services).remind,
      retention: retentionSchedule,
    }),
  ];
}

/** Starts the jobs of every module in this process. */
export function startWorkers(services: Services): Worker {
  const { db, bus, clock, random, logger } = services.core;
  return startWorker({
    ...{ db, bus, clock, random, logger },
    handlers: jobHandlersOf(services),
    schedules: jobSchedules,
  });
}

/** What the customer's owners, administrators and legal contacts read of an authority's request, when they may (R58). */
async function tellOfRequest(tx: TenantTx, request: LegalRequest, road: ReturnType<typeof noticeRoad>): Promise<void> {
  const { authority, act, legalBasis, number } = request;
  for (const { login, language } of await road.administrators(tx)) {
    const [subject, text] =
      language === "it"
        ? [
            "Un’autorità ha chiesto dati della vostra organizzazione",
            `${authority} ha chiesto dati della vostra organizzazione.\n\nAtto: ${act}\nBase giuridica: ${legalBasis}\nNostro numero: ${number}\n\nL’atto e ciò che è stato consegnato sono nel registro della console.\n`,
          ]
        : [
            "An authority asked for data of your organisation",
            `${authority} asked for data of your organisation.\n\nAct: ${act}\nLegal basis: ${legalBasis}\nOur number: ${number}\n\nThe act and what was handed out are in the console’s log.\n`,
          ];
    await road.send(tx, { to: login, subject, text, language });
  }
}
