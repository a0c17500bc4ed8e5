import { deliveryTestReplySchema } from "@casaforte/contract/mailflow";
import { type Actor, Failure, parseId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { type AddressId, formatMailAddress, getAddress, getDomain } from "@casaforte/modules/domains";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { expandRecipient } from "./expand-recipient.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { countDeliveryTests, lockDeliveryTests } from "./store-delivery-tests.ts";
import { sendSystemMail } from "./system-mail.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface DeliveryTestServices
  extends Pick<MailflowServices, "db" | "clock" | "random" | "jobs" | "providerDomain"> {
  readonly authorise: (request: unknown, access: "write") => Promise<UserActor>;
}

const params = z.object({ id: z.uuid() });
const hourMs = 3_600_000;

const words = {
  it: {
    subject: "Prova di consegna",
    text: "Questo messaggio mostra dove porta {address}. L’ha chiesto un amministratore dalla console: non serve rispondere.",
  },
  en: {
    subject: "Delivery test",
    text: "This message shows where {address} leads. An administrator asked for it in the console: no answer is needed.",
  },
} as const;

/**
 * Whether an address leads to more outside than a test may reach, or to another organisation here: where that one's address
 * leads is not this customer's to learn, not even how far.
 */
async function leadsFarOut(tx: TenantTx, to: string, providerDomain: string): Promise<boolean> {
  const found = await expandRecipient(tx, to, providerDomain);
  if (found.kind !== "found") return found.kind === "too_many";
  const { forwards } = found.expansion;
  if (forwards.length > mailflowLimits.testForwardsMax) return true;
  for (const address of forwards) {
    if (address.endsWith(`@${providerDomain}`)) continue;
    if ((await expandRecipient(tx, address, providerDomain)).kind !== "not_hosted") return true;
  }
  return false;
}

/**
 * Sends a message of the service's own to an address, so that the delivery log shows where the address leads (C14).
 * @throws not_found `domains.address_missing`, invalid `mailflow.test_catch_all`, `mailflow.test_outside`, precondition
 * `mailflow.test_pending`, rate_limited `mailflow.too_many_tests`.
 */
async function testDelivery(
  tx: TenantTx,
  actor: UserActor,
  id: AddressId,
  services: DeliveryTestServices,
): Promise<string> {
  const address = await getAddress(tx, id);
  const domain = await getDomain(tx, address.domainId);
  if (address.kind === "catch_all")
    throw new Failure("invalid", "mailflow.test_catch_all", "a catch-all has no address of its own");
  if (domain.state !== "active") throw new Failure("precondition", "mailflow.test_pending", "the domain is not active");
  const to = formatMailAddress({ local: address.localPart, domain: domain.name });
  if (await leadsFarOut(tx, to, services.providerDomain))
    throw new Failure(
      "invalid",
      "mailflow.test_outside",
      "it leads to too many outside addresses, or to another organisation's",
    );
  await lockDeliveryTests(tx);
  const sent = await countDeliveryTests(
    tx,
    `noreply@${services.providerDomain}`.toLowerCase(),
    Object.values(words).map(({ subject }) => subject),
    new Date(services.clock.nowMs() - hourMs),
  );
  if (sent >= mailflowLimits.deliveryTestsPerHour)
    throw new Failure("rate_limited", "mailflow.too_many_tests", "enough tests for an hour");
  const { language } = await readTenant(tx, tx.tenantId);
  const text = words[language].text.replace("{address}", to);
  const messageId = await sendSystemMail(tx, { to, subject: words[language].subject, text, language }, services);
  await recordAudit(tx, actor, {
    action: "mailflow.delivery_tested",
    object: { kind: "address", id },
    details: { address: to },
  });
  return messageId;
}

export function registerDeliveryTest(app: Face, services: DeliveryTestServices): void {
  app.post(
    "/api/addresses/:id/test",
    { schema: { params, response: { 202: deliveryTestReplySchema } } },
    async (request, reply) => {
      const actor = await services.authorise(request, "write");
      const id = parseId<AddressId>(request.params.id);
      const messageId = await services.db.tenant(actor.tenantId, (tx) => testDelivery(tx, actor, id, services));
      return reply.status(202).send({ messageId });
    },
  );
}
