import { promises as dns } from "node:dns";
import { type Actor, type DomainId, Failure } from "@casaforte/kernel";
import { type ApprovalKind, registerApprovalRoutes } from "@casaforte/modules/approvals";
import { registerAuditRoutes } from "@casaforte/modules/audit";
import {
  deleteDeviceWithContents,
  deleteSpaceWithContents,
  measureDevices,
  registerBackupRoutes,
  registerCopyRoutes,
  registerOperatorCopyRoutes,
  registerRestoreRoutes,
} from "@casaforte/modules/backup";
import {
  registerArchiveRoutes,
  registerBillingRoutes,
  registerLicenceRoutes,
  registerOperatorBillingRoutes,
} from "@casaforte/modules/billing";
import {
  type ApprovedPrice,
  priceApproval,
  registerCatalogueRoutes,
  registerOperatorCatalogueRoutes,
  taxRateApproval,
} from "@casaforte/modules/catalogue";
import { registerCertificateRoutes } from "@casaforte/modules/certificates";
import { registerComplaintPage, registerComplaintRoutes } from "@casaforte/modules/complaints";
import {
  registerComplianceRoutes,
  registerIncidentRoutes,
  registerRetentionRoutes,
} from "@casaforte/modules/compliance";
import {
  departureApproval,
  registerDepartureRoutes,
  registerOperatorDepartureRoutes,
  registerServiceDepartureRoutes,
} from "@casaforte/modules/departure";
import { registerDeviceRoutes } from "@casaforte/modules/devices";
import { getDomain, registerDomainRoutes } from "@casaforte/modules/domains";
import { registerDeskGrantRoutes, registerGrantRoutes } from "@casaforte/modules/grants";
import {
  type Authenticator,
  readPrincipal,
  registerBrakeRoutes,
  registerIdentityRoutes,
} from "@casaforte/modules/identity";
import { registerDeskInspectionRoutes, registerInspectionRoutes } from "@casaforte/modules/inspections";
import { readAddresses, readMailAccount, registerMailAccountRoutes } from "@casaforte/modules/mailbox";
import {
  registerAbuseRoutes,
  registerArrivalRoutes,
  registerDeliveryTest,
  registerMailflowOperatorRoutes,
  registerMailTraceRoutes,
  registerQuarantineLink,
  registerReportRoutes,
  registerStopRoutes,
} from "@casaforte/modules/mailflow";
import {
  appealApproval,
  registerEnforcementRoutes,
  registerMeasureRoutes,
  suspensionApproval,
} from "@casaforte/modules/measures";
import { registerDeskNoticeRoutes, registerNoticeRoutes, registerStatusPage } from "@casaforte/modules/notices";
import {
  assertNoOrderNeeded,
  concernOf,
  countPriceTold,
  endSpaceService,
  listCapacityAlerts,
  promisePriceChange,
  registerOrderRoutes,
} from "@casaforte/modules/orders";
import { registerInventoryRoutes } from "@casaforte/modules/placement";
import { registerPolicyRoutes } from "@casaforte/modules/policies";
import { registerDeskProcessorRoutes, registerProcessorRoutes } from "@casaforte/modules/processors";
import { registerAppliedRoutes, registerDriftRoutes } from "@casaforte/modules/reconciliation";
import { registerSpaceRoutes } from "@casaforte/modules/spaces";
import { registerOperatorTicketRoutes, registerTicketRoutes } from "@casaforte/modules/tickets";
import { registerTransferRoutes } from "@casaforte/modules/transfers";
import { registerWebhookRoutes } from "@casaforte/modules/webhooks";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import { certificateKey } from "./audit-anchors.ts";
import { type Access, type Area, assertMay, assertOperatorMay, type OperatorArea } from "./authorise.ts";
import { billingServices } from "./billing.ts";
import { registerBoardRoutes } from "./board-routes.ts";
import { assertRouteCapable } from "./capability-guard.ts";
import { certificateDesk } from "./certificate-desk.ts";
import { registerClientSettings } from "./client-settings/routes.ts";
import { complaintDesk } from "./complaint-desk.ts";
import { keepConsoleAnswers, keepOperatorAnswers } from "./console-answers.ts";
import { reconciliation } from "./data-planes.ts";
import { backupExports, departingServices, leavingServices } from "./departing.ts";
import { registerDeskRoutes } from "./desk-routes.ts";
import { retentionSchedule } from "./evidence/retention.ts";
import { actingGate, grantDesk, registerGrantEntry } from "./grant-desk.ts";
import { incidentDesk } from "./incident-desk.ts";
import { inspectionDesk } from "./inspection-desk.ts";
import { registerLateTickets } from "./late-tickets.ts";
import { mailAccountHooks } from "./mail-account-hooks.ts";
import { registerMetrics } from "./metrics/route.ts";
import { openFace } from "./open-face.ts";
import { consoleContract, operatorContract } from "./openapi/described-faces.ts";
import { noteRoutes } from "./openapi/described-routes.ts";
import { registerOpenApi } from "./openapi/routes.ts";
import { registerOperationRoutes } from "./operation-routes.ts";
import { operatorTokenGate } from "./operator-token-gate.ts";
import { orderingServices } from "./ordering.ts";
import { mailHosts } from "./own-names.ts";
import { registerPersonRoutes } from "./person/routes.ts";
import { type ProviderAddresses, registerHealthRoute, registerProviderRoute } from "./provider-routes.ts";
import type { Services } from "./services.ts";
import { signUpRules } from "./sign-up-rules.ts";
import { registerStsPolicy } from "./sts-policy-route.ts";
import { tokenGate } from "./token-gate.ts";
import { transferDesk } from "./transfer-desk.ts";
import { registerWebmailJmap } from "./webmail-jmap.ts";

/** The requests that a face's edges hand to `authorise` are Fastify's own. */
const asRequest = (request: unknown) => request as FastifyRequest;

const userIn = (who: Authenticator, area: Area) => async (request: unknown, access: Access) =>
  assertMay(await who.authenticate(asRequest(request)), area, access);

/** The customer console's API (R3, R10, R12). */
export function consoleFace(services: Services, addresses: ProviderAddresses): Face {
  const { core, identity, mailflow, mailbox, domainSecret, bandwidth } = services;
  const { db, clock, random, bus, config, logger } = core;
  const app = openFace("console", services, "console");
  const routes = noteRoutes(app);
  keepConsoleAnswers(app, core, (request) => who.authenticate(request));
  const grants = grantDesk(services);
  const who = registerIdentityRoutes(app, identity, {
    realm: "user",
    tokens: tokenGate(db),
    acting: actingGate(grants),
    signUp: signUpRules(core),
  });
  registerGrantEntry(app, identity, grants);
  registerPersonRoutes(app, identity, who);
  const sessions = {
    session: async (request: FastifyRequest) => {
      const actor = assertMay(await who.authenticate(request), "backup", "read");
      await assertRouteCapable(db, actor.tenantId, "backup", request);
      return actor;
    },
    assertFresh: (request: FastifyRequest) => who.assertFresh(request),
  };
  const consoleSessions = {
    session: (request: unknown) => sessions.session(asRequest(request)),
    assertFresh: (request: unknown) => sessions.assertFresh(asRequest(request)),
  };
  registerSpaceRoutes(app, {
    ...consoleSessions,
    db,
    clock,
    random,
    assertNoOrderNeeded: (tx, spaceId) => assertNoOrderNeeded(tx, clock.nowMs(), spaceId),
    async deleteSpace(tx, actor, input) {
      await deleteSpaceWithContents(tx, actor, input, bus.publish);
      await endSpaceService(tx, actor, { spaceId: input.id, nowMs: input.nowMs });
    },
  });
  const { assertFresh } = consoleSessions;
  registerCatalogueRoutes(app, {
    db,
    clock,
    random,
    provider: config.provider.name,
    sites: config.sites.map(({ id, name, country, jurisdiction }) => ({ id, name, country, jurisdiction })),
    user: userIn(who, "orders"),
    concernOf,
  });
  const billing = {
    ...billingServices(core),
    addressesOfMail: readAddresses,
    user: userIn(who, "billing"),
    buyer: userIn(who, "orders"),
  };
  registerBillingRoutes(app, billing);
  registerLicenceRoutes(app, billing);
  registerOrderRoutes(app, { ...orderingServices(core), user: userIn(who, "orders"), assertFresh });
  registerDeviceRoutes(app, {
    ...consoleSessions,
    db,
    clock,
    random,
    bus,
    deleteDevice: (tx, actor, input) => deleteDeviceWithContents(tx, actor, input, bus.publish),
  });
  registerBackupRoutes(app, { ...consoleSessions, db, clock, random, logger, bus, jobs: core.jobs });
  registerCopyRoutes(app, { ...consoleSessions, db });
  registerPolicyRoutes(app, { ...consoleSessions, db, clock, random, bus, measureDevices });
  registerRestoreRoutes(app, {
    ...consoleSessions,
    db,
    clock,
    random,
    bus,
    bandwidth,
    logger: logger.with({ component: "restore" }),
    jobs: core.jobs,
    blobStoreFor: core.blobsOfSite,
    replicaStoreFor: core.replicasOfSite,
  });
  const mailUser = userIn(who, "mail");
  const mailActor = async (request: unknown, access: Access) => {
    const actor = await mailUser(request, access);
    await assertRouteCapable(db, actor.tenantId, "mail", asRequest(request));
    return actor;
  };
  registerDomainRoutes(app, {
    db,
    clock,
    random,
    secretKey: domainSecret,
    dns,
    hosts: mailHosts(config, mailflow.providerDomain),
    authorise: mailActor,
    isMailAccount: async (tx, accountId) => {
      const reader: Actor = { kind: "system", name: "domains" };
      return (await readMailAccount(tx, reader, { accountId }).catch(() => null)) !== null;
    },
  });
  registerCertificateRoutes(app, { ...certificateDesk(core), authorise: mailActor });
  registerMailAccountRoutes(app, { ...mailbox, hooks: mailAccountHooks(services), authorise: mailActor, assertFresh });
  registerTransferRoutes(app, { ...transferDesk(services), authorise: mailActor });
  registerMailTraceRoutes(app, { db: mailflow.db, authorise: mailActor });
  registerDeliveryTest(app, { ...mailflow, authorise: mailActor });
  const arrival = { db, clock, random, jobs: mailflow.jobs, authorise: mailActor };
  registerArrivalRoutes(app, arrival);
  registerStopRoutes(app, arrival);
  registerReportRoutes(app, arrival);
  registerAuditRoutes(app, { db, authenticate: who.authenticate });
  registerTicketRoutes(app, {
    ...services.tickets,
    authorise: userIn(who, "support"),
    addressOf: async (tx, principalId) => (await readPrincipal(tx, principalId)).login,
  });
  registerNoticeRoutes(app, {
    ...services.notices,
    user: userIn(who, "support"),
    manager: userIn(who, "people"),
  });
  registerStatusPage(app, services.notices);
  registerComplaintPage(app, complaintDesk(services));
  registerMeasureRoutes(app, { db, clock, random, user: userIn(who, "support") });
  registerDepartureRoutes(app, {
    ...{ db, clock, random, assertFresh, jobs: core.jobs, archives: core.archives },
    tellErasure: departingServices(services).tellErasure,
    ...backupExports(services),
    domainName: async (tx, id) => (await getDomain(tx, id as DomainId)).name,
    user: userIn(who, "leaving"),
  });
  registerServiceDepartureRoutes(app, {
    ...{ db, clock, random, assertFresh, leaving: leavingServices(services) },
    user: userIn(who, "leaving"),
  });
  registerInspectionRoutes(app, {
    ...inspectionDesk(services),
    user: userIn(who, "inspections"),
    reader: (request) => userIn(who, "evidence")(request, "read"),
    assertFresh,
  });
  registerProcessorRoutes(app, { db, clock, random, user: userIn(who, "people") });
  registerWebhookRoutes(app, { ...services.webhooks, user: userIn(who, "programs"), assertFresh });
  registerGrantRoutes(app, { ...grants, user: (request) => userIn(who, "people")(request, "write"), assertFresh });
  registerAppliedRoutes(app, {
    ...reconciliation(services),
    user: (request) => userIn(who, "orders")(request, "read"),
  });
  registerProviderRoute(app, who, config, addresses);
  registerOpenApi(app, who, { path: "/openapi.json", face: consoleContract, routes });
  return app;
}

/** The operator console's API, on a listener of its own (R51). */
export function operatorFace(services: Services, addresses: ProviderAddresses): Face {
  const { core, identity, mailflow } = services;
  const app = openFace("operator", services, "console");
  const routes = noteRoutes(app);
  keepOperatorAnswers(app, core, (request) => who.authenticate(request));
  const who = registerIdentityRoutes(app, identity, { realm: "operator", tokens: operatorTokenGate() });
  registerPersonRoutes(app, identity, who);
  const operatorIn = (area: OperatorArea) => async (request: unknown, access: Access) =>
    assertOperatorMay(await who.authenticate(asRequest(request)), area, access);
  const health = operatorIn("health");
  registerMailflowOperatorRoutes(app, { ...mailflow, authorise: operatorIn("mail_queue") });
  registerAbuseRoutes(app, { ...mailflow, authorise: operatorIn("abuse") });
  const assertFresh = (request: unknown) => who.assertFresh(asRequest(request));
  registerBrakeRoutes(app, identity, { operator: operatorIn("abuse"), assertFresh });
  const { db, clock, random } = core;
  const announcePrice = (tx: OperatorTx, price: ApprovedPrice) => promisePriceChange(tx, core.jobs, price);
  registerApprovalRoutes(app, {
    db,
    clock,
    kinds: [
      priceApproval(announcePrice) as ApprovalKind,
      taxRateApproval as ApprovalKind,
      suspensionApproval(services.measures) as ApprovalKind,
      appealApproval(services.measures) as ApprovalKind,
      departureApproval({ clock, random }) as ApprovalKind,
    ],
    operator: operatorIn("approvals"),
    assertFresh,
  });
  registerOperatorCatalogueRoutes(app, {
    ...{ db, clock, random, announcePrice, countPriceTold },
    operator: operatorIn("catalogue"),
  });
  const billing = { ...billingServices(core), operator: operatorIn("billing") };
  registerOperatorBillingRoutes(app, billing);
  registerArchiveRoutes(app, { ...billing, providerName: core.config.provider.name, archiveKey: certificateKey(core) });
  registerInventoryRoutes(app, {
    ...{ db, clock, random, jobs: core.jobs },
    operator: operatorIn("inventory"),
    alerts: async (tx) =>
      (await listCapacityAlerts(tx, 50)).map((alert) => ({
        ...alert,
        at: alert.at.toISOString(),
        bytes: Number(alert.bytes),
      })),
  });
  registerOperatorDepartureRoutes(app, {
    ...{ db, clock, random, assertFresh },
    operator: operatorIn("departures"),
  });
  registerOperatorCopyRoutes(app, { db, operator: operatorIn("inventory") });
  registerComplianceRoutes(app, {
    ...{ db, clock, random },
    exporters: departingServices(services).exporters,
    operator: async (request) => assertOperatorMay(await who.authenticate(asRequest(request)), "legal", "read"),
    assertFresh,
  });
  registerIncidentRoutes(app, {
    ...{ db, clock, random },
    post: incidentDesk(services).post,
    operator: async (request) => assertOperatorMay(await who.authenticate(asRequest(request)), "legal", "read"),
    assertFresh,
  });
  registerRetentionRoutes(app, { db, retention: retentionSchedule, operator: (request) => health(request, "read") });
  registerComplaintRoutes(app, { ...complaintDesk(services), operator: operatorIn("measures") });
  registerDeskProcessorRoutes(app, { db, clock, random, jobs: core.jobs, operator: operatorIn("legal_texts") });
  registerDeskGrantRoutes(app, {
    ...grantDesk(services),
    operator: operatorIn("tickets"),
    signInId: async (request) => (await who.session(asRequest(request))).sessionId,
    assertFresh,
  });
  registerDriftRoutes(app, { db, clock, jobs: core.jobs, operator: operatorIn("inventory") });
  registerDeskInspectionRoutes(app, { ...inspectionDesk(services), operator: operatorIn("inspections") });
  registerAuditRoutes(app, { db: core.db, authenticate: who.authenticate });
  registerOperatorTicketRoutes(app, { ...services.tickets, authorise: operatorIn("tickets") });
  registerEnforcementRoutes(app, { ...services.measures, operator: operatorIn("measures") });
  registerDeskNoticeRoutes(app, { ...services.notices, operator: operatorIn("notices") });
  registerOperationRoutes(app, core, health);
  registerBoardRoutes(app, core, health, operatorIn("inventory"));
  registerDeskRoutes(app, core, operatorIn("customers"));
  registerLateTickets(app, services.tickets, operatorIn("tickets"));
  registerMetrics(app, core, addresses.startedAtMs);
  registerHealthRoute(app, core, addresses, async (request) => void (await health(request, "read")));
  registerOpenApi(app, who, { path: "/api/desk/openapi", face: operatorContract, routes });
  return app;
}

/** Webmail's sign-in; JMAP is registered beside it. */
export function webmailFace(services: Services, addresses: ProviderAddresses): Face {
  const app = openFace("webmail", services, "webmail");
  const who = registerIdentityRoutes(app, services.identity, { realm: "mail" });
  registerPersonRoutes(app, services.identity, who, true);
  registerWebmailJmap(app, services, who);
  registerQuarantineLink(app, services.mailflow);
  registerStsPolicy(app, { db: services.core.db, mx: services.core.config.provider.hostname });
  registerClientSettings(app, {
    config: services.core.config,
    openPort: (name) => addresses.listeners.find((listener) => listener.name === name)?.port ?? null,
    async ownAddress(request) {
      const actor = await who.authenticate(request);
      if (actor.kind !== "mail_account") throw new Failure("forbidden", "mailbox.not_yours", "sign in to webmail");
      const { tenantId, mailAccountId: accountId } = actor;
      const read = (tx: TenantTx) => readMailAccount(tx, actor, { accountId });
      return (await services.core.db.tenant(tenantId, read, { readOnly: true })).address;
    },
  });
  return app;
}
