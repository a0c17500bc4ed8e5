import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Actor,
  type Id,
  type MailAccountId,
  newId,
  type PrincipalId,
  providerTenantId,
  type SiteId,
  type SpaceId,
  type TenantId,
  toBase64Url,
  utf8,
} from "@casaforte/kernel";
import { refreshTenantDraft } from "@casaforte/modules/billing";
import { requiredDocuments } from "@casaforte/modules/catalogue";
import { makeToken, prepareEnrolment } from "@casaforte/modules/devices";
import { activateTrustedDomain, addDomain, generateDkimKey } from "@casaforte/modules/domains";
import { createPrincipal } from "@casaforte/modules/identity";
import { createMailAccount } from "@casaforte/modules/mailbox";
import { type SubmissionUser, submitMessage } from "@casaforte/modules/mailflow";
import { placeOrder } from "@casaforte/modules/orders";
import { createTenant } from "@casaforte/modules/tenancy";
import { billingServices } from "../billing.ts";
import { mailAccountHooks } from "../mail-account-hooks.ts";
import { orderingServices } from "../ordering.ts";
import type { Services } from "../services.ts";
import { seedCatalogue } from "./seed-catalogue.ts";

const gigabyte = 1_000_000_000n;
const seeder: Actor = { kind: "system", name: "demo" };

/** What the demo's seed made, as `endpoints.json` tells it; kept so that a second start can print it again. */
export interface DemoAccounts {
  readonly tenantId: TenantId;
  readonly operator: { readonly email: string; readonly password: string };
  readonly customer: { readonly email: string; readonly password: string };
  readonly domain: string;
  readonly mailAccounts: readonly { readonly address: string; readonly password: string }[];
  readonly space: { readonly id: SpaceId; readonly name: string };
}

const people = [
  ["anna", "Anna Bianchi"],
  ["bruno", "Bruno Conti"],
  ["carla", "Carla Greco"],
] as const;

/** Makes a provider with one operator, one customer, a space, a mail domain and three mailboxes; once. Passwords are random. */
export async function seedDemo(services: Services, directory: string): Promise<DemoAccounts> {
  const file = join(directory, "demo.json");
  if (existsSync(file)) return JSON.parse(await readFile(file, "utf8")) as DemoAccounts;
  const { core, identity } = services;
  const { db, clock, random } = core;
  const password = () => toBase64Url(random.bytes(12));
  const made: Omit<DemoAccounts, "space"> = {
    tenantId: newId<TenantId>(clock, random),
    operator: { email: "operator@provider.example", password: password() },
    customer: { email: "anna@rossi.example", password: password() },
    domain: "rossi.example",
    mailAccounts: people.map(([local]) => ({ address: `${local}@rossi.example`, password: password() })),
  };
  const hash = (text: string) => identity.preparePassword({ password: text, words: [] });
  const [operatorHash, customerHash, dkimKey] = await Promise.all([
    hash(made.operator.password),
    hash(made.customer.password),
    generateDkimKey(),
  ]);
  await db.tenant(providerTenantId, (tx) =>
    createPrincipal(tx, seeder, {
      id: newId<PrincipalId>(clock, random),
      realm: "operator",
      login: made.operator.email,
      displayName: "Olga Neri",
      language: "it",
      operatorRoles: ["support", "billing", "infra", "legal", "security"],
      status: "active",
      passwordHash: operatorHash,
      nowMs: clock.nowMs(),
    }),
  );
  await db.operator((tx) =>
    createTenant(tx, seeder, {
      tenantId: made.tenantId,
      name: "Rossi S.r.l.",
      language: "it",
      vatNumber: "98765432103",
      address: "Via Esempio 2",
      postalCode: "10121",
      city: "Torino",
      province: "TO",
      invoiceRecipientCode: "ABC1234",
      nowMs: clock.nowMs(),
    }),
  );
  await db.operator((tx) => seedCatalogue(tx, core));
  const ownerId = newId<PrincipalId>(clock, random);
  await db.tenant(made.tenantId, async (tx) => {
    await createPrincipal(tx, seeder, {
      id: ownerId,
      realm: "user",
      login: made.customer.email,
      displayName: "Anna Bianchi",
      language: "it",
      role: "owner",
      status: "active",
      passwordHash: customerHash,
      nowMs: clock.nowMs(),
    });
    const domain = await addDomain(
      tx,
      seeder,
      { name: made.domain, dkimKey },
      { clock, random, secretKey: services.domainSecret },
    );
    await activateTrustedDomain(tx, seeder, { domainId: domain.id }, { clock });
  });
  const space = await orderServices(services, made.tenantId, ownerId);
  const accounts = { ...made, space };
  await seedMail(services, accounts);
  await refreshTenantDraft(billingServices(core), accounts.tenantId);
  await writeFile(file, JSON.stringify(accounts), { mode: 0o600 });
  return accounts;
}

/** The customer orders as customers do: documents accepted, a space in Milan, mail. */
async function orderServices(
  services: Services,
  tenantId: TenantId,
  ownerId: PrincipalId,
): Promise<DemoAccounts["space"]> {
  const { core } = services;
  const { db, clock, random } = core;
  const ordering = orderingServices(core);
  const owner: Actor = { kind: "user", tenantId, principalId: ownerId, role: "owner", ip: "127.0.0.1" };
  const name = "Ufficio";
  return db.tenant(tenantId, async (tx) => {
    const read = await requiredDocuments(tx, { products: ["backup", "mail"], sites: ["mi1"] }, clock.nowMs());
    const accepted = read
      .filter((document) => document.language === "it")
      .map(({ id, version, sha256 }) => ({ documentId: id, version, sha256 }));
    const key = () => newId<Id<"Order">>(clock, random);
    const backup = {
      sku: "backup-mi1",
      quantity: 5n,
      unit: "hour",
      priceMicros: 4_200n,
      siteId: "mi1" as SiteId,
    } as const;
    const mail = { sku: "mail", quantity: 1n, unit: "month", priceMicros: 1_990_000n, siteId: null } as const;
    const space = await placeOrder(
      tx,
      owner,
      { ...backup, key: key(), skuVersion: 1, label: name, accepted },
      ordering,
    );
    await placeOrder(tx, owner, { ...mail, key: key(), skuVersion: 1, label: "Posta", accepted }, ordering);
    return { id: space.subjectId as SpaceId, name };
  });
}

async function seedMail(services: Services, accounts: DemoAccounts): Promise<void> {
  const { core, identity, mailbox } = services;
  const hooks = mailAccountHooks(services);
  const senders: { readonly address: string; readonly user: SubmissionUser }[] = [];
  for (const [index, [, displayName]] of people.entries()) {
    const wanted = accounts.mailAccounts[index];
    if (!wanted) continue;
    const passwordHash = await identity.preparePassword({ password: wanted.password, words: [] });
    const accountId = newId<MailAccountId>(core.clock, core.random);
    senders.push({
      address: wanted.address,
      user: { tenantId: accounts.tenantId, mailAccountId: accountId, principalId: accountId as string as PrincipalId },
    });
    await core.db.tenant(accounts.tenantId, async (tx) => {
      const account = await createMailAccount(
        tx,
        seeder,
        { accountId, address: wanted.address, displayName, quotaBytes: 10n * gigabyte },
        mailbox,
      );
      await hooks.created(tx, seeder, { account, passwordHash });
    });
  }
  const [anna, bruno] = senders;
  if (anna && bruno) await sayWelcome(services, bruno.user, bruno.address, anna.address);
}

/** A first message, so that the inbox is not empty; it travels the same road as every other. */
async function sayWelcome(services: Services, user: SubmissionUser, from: string, to: string): Promise<void> {
  const text = [
    `From: Bruno Conti <${from}>`,
    `To: Anna Bianchi <${to}>`,
    "Subject: Benvenuta in Casaforte",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "Ciao Anna,",
    "",
    "la nostra posta e i nostri backup ora abitano qui. Rispondi a questo messaggio per provare.",
    "",
    "Bruno",
    "",
  ].join("\r\n");
  async function* message() {
    yield utf8(text);
  }
  await submitMessage(services.mailflow, {
    user,
    sender: from,
    recipients: [to],
    message: message(),
    isOverSmtp: false,
  });
}

/** A fresh enrolment token of the demo's space: single-use and short, so each start makes its own. */
export async function demoEnrolmentToken({ core }: Services, accounts: DemoAccounts): Promise<string> {
  const { db, clock, random } = core;
  const { token, hash } = makeToken("enrol", random);
  await db.tenant(accounts.tenantId, (tx) =>
    prepareEnrolment(tx, seeder, {
      id: newId<Id<"Enrolment">>(clock, random),
      spaceId: accounts.space.id,
      kind: "server",
      name: null,
      tokenHash: hash,
      nowMs: clock.nowMs(),
    }),
  );
  return token;
}
