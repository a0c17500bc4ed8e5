import { createPublicKey } from "node:crypto";
import { type MailAccountId, utf8 } from "@casaforte/kernel";
import {
  eraseService,
  requestExport,
  requestServiceDeparture,
  requestServiceErasure,
  runExport,
  type ServiceCertificate,
  verifyCertificate,
} from "@casaforte/modules/departure";
import { addAddress, listAddresses } from "@casaforte/modules/domains";
import { appendMessage, ingestMessage, readMailboxes } from "@casaforte/modules/mailbox";
import { createMxBackend } from "@casaforte/modules/mailflow";
import type { SmtpSession } from "@casaforte/smtp";
import { expect, test } from "vitest";
import { certificateKey } from "../../apps/server/src/audit-anchors.ts";
import { id, later, never, owner, searchAll, services, world } from "./departure.test-support.ts";
import { readAll } from "./departure-spaces.test-support.ts";

/** The end of one mail domain, on the product that the caller's file has started. */
export function testDomainEnds(): void {
  test("R61, R62, R92: a mail domain that ends while the customer stays: its mail is handed out alone, mail under way goes back, the MX refuses, no row or stored file of it is left, other mailboxes keep theirs, and its certificate says so", async () => {
    const { core, mailbox, mailflow } = world.services;
    const { db } = core;
    const word = `parte${Math.random().toString(36).slice(2)}`;
    const [leavingName, stayingName] = [`${word}.test`, `resta-${word}.example`];
    const tenant = await world.newTenant("Due domini Srl");
    const person = await world.newPerson(tenant, { role: "owner", withPassword: true });
    const actor = { ...owner, tenantId: tenant, principalId: person.principalId };
    const subjectId = await world.newDomain(tenant, leavingName);
    await world.newDomain(tenant, stayingName);
    const [first, second, stays] = [
      await world.newMailAccount(tenant, leavingName),
      await world.newMailAccount(tenant, leavingName),
      await world.newMailAccount(tenant, stayingName),
    ];
    await world.newDeletedMailAccount(tenant, leavingName);
    const accountOf = ({ principalId }: typeof first) => principalId as string as MailAccountId;
    await world.newAlias(tenant, stayingName, accountOf(first));
    const group = { kind: "group" as const, address: `tutti@${stayingName}`, forwardTo: [first.login, stays.login] };
    await db.tenant(tenant, (tx) => addAddress(tx, actor, group, core));

    const blobs = { own: "", both: "", waiting: "", queued: "" };
    const bring = async (subject: string, accounts: readonly (typeof first)[]) => {
      const message = await ingestMessage(
        mailbox,
        tenant,
        utf8(`From: a@b.test\r\nSubject: ${subject}\r\n\r\nciao\r\n`),
      );
      for (const accountId of accounts.map(accountOf))
        await db.tenant(tenant, async (tx) => {
          const inbox = (await readMailboxes(tx, accountId)).find(({ role }) => role === "inbox");
          if (!inbox) throw new Error("no inbox");
          const flags = { bits: 0, keywords: [] };
          await appendMessage(tx, actor, { accountId, mailboxIds: [inbox.id], message, flags }, mailbox);
        });
      return message.blob.id;
    };
    blobs.own = await bring("own", [first]);
    blobs.both = await bring("both", [second, stays]);
    const put = async (text: string) => mailbox.blobs.put(tenant, utf8(text));
    const underWay = `From: s@b.test\r\nTo: ${first.login}\r\nSubject: late\r\n\r\nlate\r\n`;
    const [waiting, queued] = [await put(underWay), await put(underWay)];
    [blobs.waiting, blobs.queued] = [waiting.id, queued.id];
    const [deliveryId, outgoingId, now] = [id(), id(), new Date(core.clock.nowMs())];
    const far = new Date(later(99).nowMs());
    await db.tenant(tenant, async (tx) => {
      await tx.sql`insert into mailflow_deliveries (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender,
          recipient, header_message_id, place, state, next_at, accepted_at)
        values (${tenant}, ${deliveryId}, ${id()}, ${first.principalId}, ${waiting.id}, ${waiting.size}, ${Buffer.from(waiting.sha256)},
          's@b.test', ${first.login}, '', 'inbox', 'accepted', ${now}, ${now})`;
      await tx.sql`insert into mailflow_outgoing (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender,
          header_message_id, hops, created_at)
        values (${tenant}, ${outgoingId}, ${id()}, ${first.principalId}, ${queued.id}, ${queued.size}, ${Buffer.from(queued.sha256)},
          ${first.login}, '', 0, ${now})`;
      await tx.sql`insert into mailflow_queue (tenant_id, id, outgoing_id, recipient, domain, state, next_at, expires_at, created_at)
        values (${tenant}, ${id()}, ${outgoingId}, 'who@far.test', 'far.test', 'waiting', ${far}, ${far}, ${now})`;
    });

    const ask = (confirmation: string) =>
      db.tenant(tenant, (tx) =>
        requestServiceDeparture(tx, actor, { kind: "mail_domain", subjectId, confirmation }, services),
      );
    await expect(ask(stayingName)).rejects.toMatchObject({ code: "departure.confirmation" });
    const departureId = await ask(leavingName);
    await expect(ask(leavingName)).rejects.toMatchObject({ code: "departure.standing" });

    // Its mail alone, as it came; the archive of all mail goes too when the domain does.
    const archives: string[] = [];
    for (const mailDomain of [leavingName, null]) {
      const exportId = await db.tenant(tenant, (tx) =>
        requestExport(tx, actor, { part: "mail", mailDomain }, services),
      );
      await runExport(services, tenant, exportId, { signal: never, isLastTry: true });
      const { cookie } = await world.session(person);
      const url = `/api/exports/${exportId}/archive`;
      const reply = await world.faces.console.inject({ method: "GET", url, headers: { cookie } });
      expect(reply.statusCode).toBe(200);
      for (const [login, isIn] of [
        [first.login, true],
        [stays.login, mailDomain === null],
      ] as const)
        expect(reply.rawPayload.includes(`mail/${login}/`)).toBe(isIn);
      archives.push(exportId);
    }

    const mx = createMxBackend(mailflow);
    const session = { id: "probe", remoteAddress: "192.0.2.8" } as SmtpSession<never>;
    const rcpt = (address: string) => mx.rcptTo(session, { address: "s@b.test" } as never, address);
    await rcpt(first.login);
    const wish = { id: departureId, confirmation: leavingName };
    await db.tenant(tenant, (tx) => requestServiceErasure(tx, actor, wish, services));
    const erase = (days: number, more: Partial<typeof services> = {}) =>
      eraseService({ ...services, clock: later(days), ...more }, tenant, departureId, never);
    await expect(erase(2)).rejects.toMatchObject({ code: "departure.not_due" });
    // A hold that comes when the domain takes no mail any more, and before anything is gone.
    let asked = 0;
    await expect(erase(4, { isHeld: async () => ++asked > 2 })).rejects.toMatchObject({ code: "departure.held" });
    await expect(rcpt(first.login)).rejects.toMatchObject({ code: "smtp.relay_denied" });
    for (const blob of Object.values(blobs))
      expect(await readAll(mailbox.blobs, tenant, blob as never)).toBeGreaterThan(0);
    await erase(4);

    const names = [`@${leavingName}`, first.login, second.login];
    const ids = [first.principalId, second.principalId, subjectId];
    const given = [blobs.own, blobs.waiting, blobs.queued];
    const found = await searchAll([...names, ...ids, ...given, blobs.both]);
    // The log, what was billed, the certificate, and the job that has nothing left to delete.
    const rest = (from: number, to: number, kept: RegExp) =>
      found.slice(from, to).map((tables) => tables.filter((table) => !kept.test(table)));
    expect(rest(0, 3, /^audit_/)).toEqual([[], [], []]);
    expect(rest(3, 6, /^audit_|^metering_|^departure_services$/)).toEqual([[], [], []]);
    expect(rest(6, 9, /^jobs_jobs$/)).toEqual([[], [], []]);
    expect(found[9]).toEqual(expect.arrayContaining(["mailbox_contents", "mailbox_messages"]));
    for (const blob of given) await expect(readAll(mailbox.blobs, tenant, blob as never)).rejects.toThrow();
    expect(await readAll(mailbox.blobs, tenant, blobs.both as never)).toBeGreaterThan(0);
    await rcpt(stays.login);
    const addresses = await db.tenant(tenant, (tx) => listAddresses(tx));
    expect(addresses.map(({ domainName, kind, forwardTo }) => [domainName, kind, forwardTo])).toEqual([
      [stayingName, "mailbox", []],
      [stayingName, "group", [stays.login]],
    ]);
    // The sender of what was under way is told, and nobody is billed for the mailboxes any more.
    const [told, ended] = await db.tenant(tenant, async (tx) => [
      await tx.sql`select 1 from mailflow_queue where recipient = 's@b.test' and state = 'waiting'`,
      await tx.sql<{ subject: string }[]>`
        select subject_id as subject from metering_events where meter = 'mail_account' and kind = 'ended'`,
    ]);
    expect(told).toHaveLength(1);
    expect(ended.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([first.principalId, second.principalId]),
    );
    const exports = await db.tenant(tenant, (tx) => tx.sql`select 1 from departure_exports where blob_id is not null`);
    expect([exports.length, archives.length]).toEqual([0, 2]);

    const [row] = await db.tenant(
      tenant,
      (tx) =>
        tx.sql<{ certificate: string; signature: string }[]>`select certificate, signature from departure_services`,
    );
    const key = createPublicKey(certificateKey(core));
    const certificate = verifyCertificate(row?.certificate ?? "", row?.signature ?? "", key) as ServiceCertificate;
    expect(certificate.service).toEqual({ kind: "mail_domain", id: subjectId, name: leavingName });
    const counts = Object.fromEntries(certificate.erased.map(({ name, count }) => [name, count]));
    expect(counts).toMatchObject({ mailbox_accounts: 3, mailbox_messages: 2, domains_domains: 1, "stored files": 3 });
    expect(counts["messages that waited to be sent"]).toBe(1);
    await expect(erase(4)).resolves.toBeUndefined();
  });
}
