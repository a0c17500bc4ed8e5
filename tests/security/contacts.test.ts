import { providerTenantId, type SiteId, type TenantId } from "@casaforte/kernel";
import { addContact, type ContactPurpose, followLink, openNotice, updateTheNotice } from "@casaforte/modules/notices";
import { openPool } from "@casaforte/platform/db";
import { startWorker } from "@casaforte/platform/jobs";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { grantDesk } from "../../apps/server/src/grant-desk.ts";
import { incidentDesk } from "../../apps/server/src/incident-desk.ts";
import { openMailListeners } from "../../apps/server/src/mail-listeners.ts";
import { processorDesk } from "../../apps/server/src/processor-desk.ts";
import { webhookDesk } from "../../apps/server/src/webhook-desk.ts";
import { jobHandlersOf } from "../../apps/server/src/worker.ts";
import { reportsOfServers } from "../../modules/mailflow/src/bounces.test-support.ts";
import { SmtpDialogue } from "../../modules/mailflow/src/smtp-dialogue.test-support.ts";
import { type Person, startWorld, type World } from "./world.test-support.ts";

let world: World;
let tenantId: TenantId;
let owner: Person;
const purposes = ["incidents", "technical", "billing", "security", "legal"] as const;
const addressOf = (purpose: ContactPurpose, who = "rossi") => `${purpose}@${who}.test`;

beforeAll(async () => {
  world = await startWorld();
  tenantId = await world.newTenant("Rossi Srl");
  owner = await world.newPerson(tenantId, { role: "owner" });
  await world.newPerson(tenantId, { role: "technician" });
  for (const purpose of purposes) await confirmed(tenantId, purpose, addressOf(purpose));
  const other = await world.newTenant("Bianchi Srl");
  for (const purpose of purposes) await confirmed(other, purpose, addressOf(purpose, "bianchi"));
});
afterAll(() => world?.close());

async function confirmed(who: TenantId, purpose: ContactPurpose, address: string): Promise<void> {
  const { core, notices } = world.services;
  const actor = { kind: "system", name: "test" } as const;
  await core.db.tenant(who, (tx) => addContact(tx, actor, { purpose, address, language: "en" }, notices));
  const [asked] = await mailsTo(who, address);
  await followLink(notices, /\/status\/link\/(\S+)/.exec(asked?.body ?? "")?.[1] ?? "");
}

/** Mails of the service that were promised to an address, in the queue of `queue`. */
const mailsTo = (queue: TenantId, address: string) =>
  world.services.core.db.tenant(
    queue,
    (tx) => tx.sql<{ subject: string; body: string }[]>`
      select subject, body from mailflow_system_mail where tenant_id = ${queue} and recipient = ${address} order by id`,
  );

test("R101, R102: a contact of a purpose that only a later version knows is left out of the list, and breaks none", async () => {
  const pool = openPool(world.database.cluster.ownerUrl, 1);
  const list = async () => {
    const { cookie } = await world.session(owner);
    const reply = await world.faces.console.inject({ method: "GET", url: "/api/contacts", headers: { cookie } });
    expect(reply.statusCode, reply.body).toBe(200);
    return reply.json().contacts.map(({ purpose }: { purpose: string }) => purpose);
  };
  try {
    await pool`alter table notices_contacts drop constraint notices_contacts_purpose_check`;
    await world.services.core.db.tenant(
      tenantId,
      (tx) => tx.sql`
        insert into notices_contacts (tenant_id, id, purpose, address, language, asked_at)
        values (${tenantId}, gen_random_uuid(), 'later', 'later@rossi.test', 'it', now())`,
    );
    expect(await list()).toEqual(purposes.toSorted());
  } finally {
    await world.services.core.db.tenant(tenantId, (tx) => tx.sql`delete from notices_contacts where purpose = 'later'`);
    await pool`alter table notices_contacts add constraint notices_contacts_purpose_check
      check (purpose in ('incidents', 'technical', 'billing', 'security', 'legal'))`;
    await pool.end();
  }
});

test("R102: each purpose is told what it is for, beside owners and administrators and nobody else's contacts", async () => {
  const { services } = world;
  const { db } = services.core;
  const logins = (road: { administrators: ReturnType<typeof grantDesk>["administrators"] }) =>
    db.tenant(tenantId, async (tx) => (await road.administrators(tx)).map(({ login }) => login));
  expect(await logins(grantDesk(services))).toEqual([owner.login, addressOf("security")]);
  expect(await logins(processorDesk(services))).toEqual([owner.login, addressOf("legal")]);
  expect(await logins(webhookDesk(services, ""))).toEqual([owner.login, addressOf("technical")]);
  const measures = await db.operator((tx) => services.measures.recipients(tx, tenantId));
  expect(measures.map(({ address }) => address)).toEqual([owner.login, addressOf("legal")]);

  const subject = "Violazione di dati";
  const message = {
    it: { subject, text: "Che cosa è successo" },
    en: { subject: "Data breach", text: "What happened" },
  };
  expect(await db.operator((tx) => incidentDesk(services).post.tell(tx, tenantId, message))).toBe(2);
  // The provider's own queue: an operator's act wrote it.
  const told = async (address: string) => (await mailsTo(providerTenantId, address)).map((mail) => mail.subject);
  expect(await told(owner.login)).toEqual([subject]);
  expect(await told(addressOf("security"))).toEqual(["Data breach"]);
  for (const purpose of purposes) {
    if (purpose !== "security") expect(await told(addressOf(purpose)), purpose).toEqual([]);
    expect(await told(addressOf(purpose, "bianchi")), purpose).toEqual([]);
  }
});

test("R84, R102: a customer without owner or administrator is reached by its contact for security, until mail comes back from there", async () => {
  const { services } = world;
  const { core, mailflow } = services;
  const alone = await world.newTenant("Sola Srl");
  const { reaches } = incidentDesk(services).post;
  const isReached = () => core.db.operator((tx) => reaches(tx, alone));
  expect(await isReached()).toBe(false);
  await confirmed(alone, "security", "sole@sola.test");
  expect(await isReached()).toBe(true);
  const bounce = { recipient: "sole@sola.test", reply: "550 5.1.1 no such user" };
  await core.db.tenant(providerTenantId, async (tx) => mailflow.undeliverable?.(tx, bounce));
  const jobs = await core.db.tenant(
    providerTenantId,
    (tx) => tx.sql<{ payload: Record<string, string> }[]>`
      select payload from jobs_jobs where task = 'notices.bounced'`,
  );
  expect(jobs.map(({ payload }) => payload)).toEqual([{ address: bounce.recipient, reply: bounce.reply }]);
  const handler = jobHandlersOf(services).find(({ task }) => task === "notices.bounced");
  const context = { attempt: 1, signal: new AbortController().signal, logger: core.logger };
  for (const { payload } of jobs) await handler?.run(payload, { ...context, tenantId: providerTenantId });
  expect(await isReached()).toBe(false);
  const manager = await world.session(await world.newPerson(alone, { role: "owner" }));
  const page = await world.faces.console.inject({ url: "/api/contacts", headers: { cookie: manager.cookie } });
  expect(page.json().contacts).toMatchObject([{ address: "sole@sola.test", bounceReply: bounce.reply }]);
});

test("R102: a mail that another server takes and sends back later, to our MX, marks the contact and is told to the owner", async () => {
  const { services } = world;
  const { db, clock, random, bus, logger } = services.core;
  const taken: { from: string; to: string; raw: string }[] = [];
  const elsewhere = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    async onData(stream, { envelope }, callback) {
      const raw = Buffer.concat(await stream.toArray()).toString();
      taken.push({
        from: envelope.mailFrom ? envelope.mailFrom.address : "",
        to: envelope.rcptTo[0]?.address ?? "",
        raw,
      });
      callback();
    },
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const at = elsewhere.server.address();
  const port = typeof at === "object" && at ? at.port : 0;
  const outbound = { kind: "smarthost", host: "127.0.0.1", port } as const;
  const handlers = jobHandlersOf({ ...services, mailflow: { ...services.mailflow, outbound } });
  const worker = startWorker({ db, bus, clock, random, logger, handlers, schedules: [] }, false);
  const listeners = await openMailListeners(services);
  try {
    const late = await world.newTenant("Tarda Srl");
    const her = await world.newPerson(late, { role: "owner" });
    await confirmed(late, "security", "lost@tarda.test");
    const message = { subject: "Breach", text: "What happened" };
    await db.operator((tx) => incidentDesk(services).post.tell(tx, late, { it: message, en: message }));
    await worker.drain();
    const sent = taken.findLast(({ to }) => to === "lost@tarda.test");
    expect(sent?.raw).toContain("Subject: Breach");
    const mx = listeners.find(({ name }) => name === "smtp")?.port ?? 0;
    const dialogue = await SmtpDialogue.open(mx);
    await dialogue.say("MAIL FROM:<>");
    expect(await dialogue.say(`RCPT TO:<${sent?.from}>`)).toMatch(/^250 /);
    const report = reportsOfServers["Postfix"]?.("lost@tarda.test") ?? "";
    expect(await dialogue.data(report.replace(/\n/g, "\r\n"))).toEqual([expect.stringMatching(/^250 /)]);
    dialogue.close();
    taken.length = 0;
    await worker.drain();
    expect(taken.filter(({ raw }) => raw.includes("lost@tarda.test")).map(({ to }) => to)).toEqual([her.login]);
    const { cookie } = await world.session(her);
    const page = await world.faces.console.inject({ url: "/api/contacts", headers: { cookie } });
    expect(page.json().contacts).toMatchObject([
      { address: "lost@tarda.test", bounceReply: expect.stringContaining("User unknown in virtual mailbox table") },
    ]);
  } finally {
    for (const listener of listeners) await listener.close(0);
    await worker.stop();
    await new Promise<void>((resolve) => elsewhere.close(resolve));
  }
});

test("R29: maintenance that concerns a customer is told to its webhooks, each update once, and to nobody else's", async () => {
  const { core, notices } = world.services;
  const [here, elsewhere] = [await world.newTenant("Qui Srl"), await world.newTenant("Altrove Srl")];
  await world.newSpace(here);
  const hooks = { here: await world.newWebhook(here, ["notices"]), quiet: await world.newWebhook(here) };
  await world.newWebhook(elsewhere, ["notices"]);
  const actor = { kind: "system", name: "test" } as const;
  const fromMs = core.clock.nowMs() + 3 * 86_400_000;
  const texts = { titleIt: "Dischi", titleEn: "Disks", textIt: "Li cambiamo.", textEn: "We change them." };
  const scope = { services: ["backup"], siteId: "mi1" as SiteId, hostId: null } as const;
  const planned = { fromMs, untilMs: fromMs + 3_600_000 };
  const noticeId = await core.db.operator((tx) =>
    openNotice(tx, actor, { kind: "maintenance", severity: "minor", ...scope, ...texts, planned }, notices),
  );
  const spread = jobHandlersOf(world.services).find(({ task }) => task === "notices.spread");
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: core.logger };
  const updates = () =>
    core.db.operator((tx) => tx.sql<{ id: string }[]>`select id from notices_updates where notice_id = ${noticeId}`);
  const told = (who: TenantId) =>
    core.db.tenant(
      who,
      (tx) => tx.sql<{ endpoint: string; type: string; object: string }[]>`
        select endpoint_id as endpoint, event_type as type, object_id as object from webhooks_deliveries
        where tenant_id = ${who}`,
    );
  for (let times = 0; times < 2; times++)
    for (const { id } of await updates()) await spread?.run({ updateId: id }, context);
  const event = { endpoint: hooks.here, type: "notice.updated", object: noticeId };
  expect([...(await told(here))]).toEqual([event]);
  const moved = { fromMs: fromMs + 86_400_000, untilMs: fromMs + 90_000_000 };
  const { textIt, textEn } = texts;
  await core.db.operator((tx) =>
    updateTheNotice(
      tx,
      actor,
      { id: noticeId, state: "planned", textIt, textEn, isReport: false, planned: moved },
      notices,
    ),
  );
  for (const { id } of await updates()) await spread?.run({ updateId: id }, context);
  expect([...(await told(here))]).toEqual([event, event]);
  expect([...(await told(elsewhere))]).toEqual([]);
});
