import {
  addSenderRuleSchema,
  domainMailPolicyListSchema,
  domainMailPolicySchema,
  quarantineListSchema,
  quarantineQuerySchema,
  senderRuleListSchema,
  senderRuleSchema,
  updateDomainMailPolicySchema,
} from "@casaforte/contract/mailflow";
import { type Actor, type MailAccountId, parseId } from "@casaforte/kernel";
import { listDomains } from "@casaforte/modules/domains";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { addSenderRule, removeSenderRule, setDomainPolicy } from "./change-arrival-rules.ts";
import { mailflowLimits } from "./limits.ts";
import { deleteQuarantined, releaseQuarantined } from "./quarantine.ts";
import type { MailflowServices } from "./services.ts";
import { type SenderRule, type SenderRuleId, selectDomainPolicies, selectSenderRules } from "./store-arrival-rules.ts";
import { type Quarantined, type QuarantineId, selectQuarantine } from "./store-quarantine.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface ArrivalConsoleServices extends Pick<MailflowServices, "db" | "clock" | "random" | "jobs"> {
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
}

const nothing = z.object({});
const idParams = z.object({ id: z.uuid() });
const domainParams = z.object({ domain: z.string().max(253) });

const toHeld = (held: Quarantined) => ({
  id: held.id,
  mailAccountId: held.mailAccountId,
  sender: held.sender,
  recipient: held.recipient,
  from: held.headerFrom,
  subject: held.subject,
  sizeBytes: Number(held.sizeBytes),
  score: held.score,
  reasons: [...held.reasons],
  heldAt: held.heldAt.toISOString(),
  keptUntil: new Date(held.heldAt.getTime() + mailflowLimits.quarantineKeptMs).toISOString(),
});

const toRule = ({ id, scope, verdict, pattern, createdAt }: SenderRule) => ({
  id,
  mailAccountId: "mailAccountId" in scope ? scope.mailAccountId : null,
  domain: "domain" in scope ? scope.domain : null,
  verdict,
  pattern,
  createdAt: createdAt.toISOString(),
});

/** The customer's quarantine, lists of senders and switches of each domain. */
export function registerArrivalRoutes(app: Face, services: ArrivalConsoleServices): void {
  registerQuarantine(app, services);
  registerRules(app, services);
  registerPolicies(app, services);
}

function registerQuarantine(app: Face, services: ArrivalConsoleServices): void {
  const { db, authorise } = services;
  app.get(
    "/api/mail-quarantine",
    { schema: { querystring: quarantineQuerySchema, response: { 200: quarantineListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const { text, before, limit } = request.query;
      const filter = {
        limit,
        ...(text === undefined || text === "" ? {} : { text }),
        ...(before === undefined ? {} : { before: parseId<QuarantineId>(before) }),
      };
      const held = await db.tenant(actor.tenantId, (tx) => selectQuarantine(tx, filter), { readOnly: true });
      return { messages: held.map(toHeld) };
    },
  );
  for (const [path, decide] of [
    ["release", releaseQuarantined],
    ["delete", deleteQuarantined],
  ] as const)
    app.post(
      `/api/mail-quarantine/:id/${path}`,
      { schema: { params: idParams, response: { 200: nothing } } },
      async (request) => {
        const actor = await authorise(request, "write");
        const decision = { id: parseId<QuarantineId>(request.params.id) };
        await db.tenant(actor.tenantId, (tx) => decide(tx, actor, decision, services));
        return {};
      },
    );
}

function registerRules(app: Face, services: ArrivalConsoleServices): void {
  const { db, authorise } = services;
  app.get("/api/mail-sender-rules", { schema: { response: { 200: senderRuleListSchema } } }, async (request) => {
    const actor = await authorise(request, "read");
    const page = { limit: mailflowLimits.senderRulesMax };
    const rules = await db.tenant(actor.tenantId, (tx) => selectSenderRules(tx, page), { readOnly: true });
    return { rules: rules.map(toRule) };
  });
  app.post(
    "/api/mail-sender-rules",
    { schema: { body: addSenderRuleSchema, response: { 200: senderRuleSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const { mailAccountId, domain, verdict, pattern } = request.body;
      const scope =
        mailAccountId === undefined
          ? { domain: domain ?? "" }
          : { mailAccountId: parseId<MailAccountId>(mailAccountId) };
      const rule = await db.tenant(actor.tenantId, (tx) =>
        addSenderRule(tx, actor, { scope, verdict, pattern }, services),
      );
      return toRule(rule);
    },
  );
  app.delete(
    "/api/mail-sender-rules/:id",
    { schema: { params: idParams, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const input = { id: parseId<SenderRuleId>(request.params.id) };
      await db.tenant(actor.tenantId, (tx) => removeSenderRule(tx, actor, input));
      return {};
    },
  );
}

function registerPolicies(app: Face, services: ArrivalConsoleServices): void {
  const { db, authorise } = services;
  app.get("/api/mail-policies", { schema: { response: { 200: domainMailPolicyListSchema } } }, async (request) => {
    const actor = await authorise(request, "read");
    const policies = await db.tenant(
      actor.tenantId,
      async (tx) => {
        const said = new Map((await selectDomainPolicies(tx)).map((policy) => [policy.domain, policy]));
        const domains = await listDomains(tx);
        return domains.map(
          ({ name }) => said.get(name) ?? { domain: name, greylist: false, spamAction: "junk" as const },
        );
      },
      { readOnly: true },
    );
    return { policies };
  });
  app.put(
    "/api/mail-policies/:domain",
    {
      schema: {
        params: domainParams,
        body: updateDomainMailPolicySchema,
        response: { 200: domainMailPolicySchema },
      },
    },
    async (request) => {
      const actor = await authorise(request, "write");
      const input = { ...request.body, domain: request.params.domain };
      return db.tenant(actor.tenantId, (tx) => setDomainPolicy(tx, actor, input));
    },
  );
}
