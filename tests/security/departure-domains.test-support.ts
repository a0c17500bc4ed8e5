import { createPublicKey } from "node:crypto";
import { domainToASCII } from "node:url";
import { type DomainId, Failure, type MailAccountId, type MailboxId, utf8 } from "@casaforte/kernel";
import {
  eraseService,
  isLeaving,
  requestExport,
  requestServiceDeparture,
  requestServiceErasure,
  runExport,
  type ServiceCertificate,
  type ServiceDepartureServices,
  verifyCertificate,
} from "@casaforte/modules/departure";
import {
  activateTrustedDomain,
  addAddress,
  listAddresses,
  listDomains,
  removeDomain,
  setAliasDomain,
} from "@casaforte/modules/domains";
import { appendMessage, expunge, ingestMessage, jobHandlers, readMailboxes } from "@casaforte/modules/mailbox";
import { createMxBackend } from "@casaforte/modules/mailflow";
import type { TenantTx } from "@casaforte/platform/db";
import type { SmtpSession } from "@casaforte/smtp";
import { expect, test } from "vitest";
import { certificateKey } from "../../apps/server/src/audit-anchors.ts";
import { rewriteSender } from "../../modules/mailflow/src/srs.ts";
import { id, later, never, owner, searchAll, services, world } from "./departure.test-support.ts";
import { readAll } from "./departure-spaces.test-support.ts";

/** The end of one mail domain, on the product that the caller's file has started. */
export function testDomainEnds(): void {
  test("R61, R62, R92: a mail domain that ends while the customer stays: its mail is handed out alone, mail under way goes back, the MX refuses, no row or stored file of it is left, other mailboxes keep theirs, and its certificate says so", async () => {
    const { core, mailbox, mailflow } = world.services;
    const { db } = core;
    const word = `parte${Math.random().toString(36).slice(2)}`;
    // Its name is kept as A-labels, one of its accounts as it was typed.
    const typedName = `società-${word}.test`;
    const leavingName = domainToASCII(typedName);
    const [stayingName, brandName] = [`resta-${word}.example`, `marchio-${word}.example`];
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
    const typed = await world.newMailAccount(tenant, typedName);
    const accountOf = ({ principalId }: typeof first) => principalId as string as MailAccountId;
    await world.newAlias(tenant, stayingName, accountOf(first));
    await world.newAlias(tenant, leavingName, accountOf(stays));
    const group = { kind: "group" as const, address: `tutti@${stayingName}`, forwardTo: [first.login, stays.login] };
    await db.tenant(tenant, (tx) => addAddress(tx, actor, group, core));

    const blobs = {
      own: "",
      both: "",
      binned: "",
      waiting: "",
      queued: "",
      forwarded: "",
      byAlias: "",
      due: "",
      held: "",
    };
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
    blobs.own = await bring("own", [first, typed]);
    blobs.both = await bring("both", [second, stays]);
    // One that stays deleted its copy and may bring it back.
    blobs.binned = await bring("binned", [second, stays]);
    await db.tenant(tenant, async (tx) => {
      const accountId = accountOf(stays);
      const [{ mailboxId, uid } = {}] = await tx.sql<{ mailboxId: MailboxId; uid: number }[]>`
        select p.mailbox_id as "mailboxId", p.uid from mailbox_memberships p
        join mailbox_mailboxes b on b.tenant_id = p.tenant_id and b.id = p.mailbox_id
        where b.account_id = ${accountId} and p.blob_id = ${blobs.binned}`;
      if (mailboxId === undefined || uid === undefined) throw new Error("no message");
      await expunge(tx, actor, { accountId, mailboxId, uids: [uid], onlyDeleted: false }, mailbox);
    });
    const put = async (text: string) => mailbox.blobs.put(tenant, utf8(text));
    const underWay = `From: s@b.test\r\nTo: ${first.login}\r\nSubject: late\r\n\r\nlate\r\n`;
    const now = new Date(core.clock.nowMs());
    const far = new Date(later(99).nowMs());
    // To an address here, for a mailbox here or for one that stays.
    const deliver = async ({ principalId }: typeof first, recipient: string) => {
      const blob = await put(underWay);
      await db.tenant(
        tenant,
        (
          tx,
        ) => tx.sql`insert into mailflow_deliveries (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256,
            sender, recipient, header_message_id, place, state, next_at, accepted_at)
          values (${tenant}, ${id()}, ${id()}, ${principalId}, ${blob.id}, ${blob.size}, ${Buffer.from(blob.sha256)},
            's@b.test', ${recipient}, '', 'inbox', 'accepted', ${now}, ${now})`,
      );
      return blob.id;
    };
    // To somebody far away, who cannot be reached.
    const send = async (account: typeof first | null, sender: string) => {
      const [blob, outgoingId] = [await put(underWay), id()];
      await db.tenant(tenant, async (tx) => {
        await tx.sql`insert into mailflow_outgoing (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256, sender,
            header_message_id, hops, created_at)
          values (${tenant}, ${outgoingId}, ${id()}, ${account?.principalId ?? null}, ${blob.id}, ${blob.size},
            ${Buffer.from(blob.sha256)}, ${sender}, '', 0, ${now})`;
        await tx.sql`insert into mailflow_queue (tenant_id, id, outgoing_id, recipient, domain, state, next_at, expires_at, created_at)
          values (${tenant}, ${id()}, ${outgoingId}, 'who@far.test', 'far.test', 'waiting', ${far}, ${far}, ${now})`;
      });
      return blob.id;
    };
    // In a mailbox's quarantine.
    const hold = async ({ principalId }: typeof first, recipient: string) => {
      const blob = await put(underWay);
      await db.tenant(
        tenant,
        (
          tx,
        ) => tx.sql`insert into mailflow_quarantine (tenant_id, id, trace_id, mail_account_id, blob_id, size_bytes, sha256,
            sender, recipient, header_message_id, header_from, subject, score, reasons, state, held_at)
          values (${tenant}, ${id()}, ${id()}, ${principalId}, ${blob.id}, ${blob.size}, ${Buffer.from(blob.sha256)},
            's@b.test', ${recipient}, '', '', '', 9, '{}', 'held', ${now})`,
      );
      return blob.id;
    };
    const hereToo = `tutti@${leavingName}`;
    blobs.waiting = await deliver(first, first.login);
    blobs.due = await deliver(stays, hereToo);
    blobs.held = await hold(stays, hereToo);
    blobs.queued = await send(first, first.login);
    const forwards = rewriteSender("f@b.test", leavingName, mailflow.secretKey, core.clock.nowMs());
    blobs.forwarded = await send(null, forwards);
    blobs.byAlias = await send(stays, hereToo);

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
        [typed.login, true],
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
    const erase = (days: number, more: Partial<ServiceDepartureServices> = {}, signal = never) =>
      eraseService({ ...services, clock: later(days), ...more }, tenant, departureId, signal);
    await expect(erase(2)).rejects.toMatchObject({ code: "departure.not_due" });
    // A domain that became its alias meanwhile.
    const brandId = (await world.newDomain(tenant, brandName)) as DomainId;
    const toLeaving = { domainId: brandId, aliasOf: subjectId as DomainId };
    await db.tenant(tenant, (tx) => setAliasDomain(tx, actor, toLeaving));
    // A release that knows no members begins nothing.
    const begin = db.tenant(
      tenant,
      (tx) => tx.sql`update departure_services set state = 'erasing', erasing_at = ${now} where id = ${departureId}`,
    );
    await expect(begin).rejects.toThrow("departure_services_members_check");
    // A hold that comes when the domain takes no mail any more, and before anything is gone.
    let asked = 0;
    await expect(erase(4, { isHeld: async () => ++asked > 2 })).rejects.toMatchObject({ code: "departure.held" });
    await expect(rcpt(first.login)).rejects.toMatchObject({ code: "smtp.relay_denied" });
    // Nobody brings it back or adds to it.
    const system = { kind: "system", name: "test" } as const;
    const closed = [
      (tx: TenantTx) => activateTrustedDomain(tx, system, { domainId: subjectId as DomainId }, core),
      (tx: TenantTx) => addAddress(tx, actor, { ...group, address: `nuovo@${leavingName}` }, core),
      (tx: TenantTx) => setAliasDomain(tx, actor, toLeaving),
      (tx: TenantTx) => removeDomain(tx, actor, { domainId: subjectId as DomainId }),
    ];
    for (const change of closed)
      await expect(db.tenant(tenant, async (tx) => void (await change(tx)))).rejects.toMatchObject({
        code: "domains.closed",
      });
    for (const blob of Object.values(blobs))
      expect(await readAll(mailbox.blobs, tenant, blob as never)).toBeGreaterThan(0);
    // The collector leaves its accounts to it, and the stored files that their rows name.
    const collect = jobHandlers({ ...mailbox, isLeaving }).find(({ task }) => task === "mailbox.collect");
    await collect?.run({}, { tenantId: null, attempt: 1, signal: never, logger: mailbox.logger });
    // Row by row, and cut again and again: it goes on where it was, and signs nothing before the end.
    let cuts = 0;
    for (let most = 30; ; most += 30) {
      let looks = 0;
      const throwIfAborted = () => {
        if (++looks > most) throw new Failure("unavailable", "test.cut", "cut");
      };
      const signal = Object.assign(new AbortController().signal, { throwIfAborted });
      const end = await erase(4, { eraseBatch: 1n }, signal).catch((error: unknown) => error);
      if (end === undefined) break;
      expect(end).toMatchObject({ code: "test.cut" });
      cuts++;
      const [{ certificate = "" } = {}] = await db.tenant(
        tenant,
        (tx) => tx.sql<{ certificate: string }[]>`select certificate from departure_services where id = ${departureId}`,
      );
      expect(certificate).toBe(null);
    }
    expect(cuts).toBeGreaterThan(2);

    const names = [first.login, second.login, typed.login];
    const ids = [first.principalId, second.principalId, typed.principalId, subjectId];
    const given = [blobs.own, blobs.waiting, blobs.queued, blobs.forwarded, blobs.byAlias];
    const found = await searchAll([...names, ...ids, ...given, blobs.both, `@${leavingName}`]);
    // The log, what was billed, the certificate, and the job that has nothing left to delete.
    const rest = (from: number, to: number, kept: RegExp) =>
      found.slice(from, to).map((tables) => tables.filter((table) => !kept.test(table)));
    expect(rest(0, 3, /^audit_/)).toEqual([[], [], []]);
    expect(rest(3, 7, /^audit_|^metering_|^departure_services$/)).toEqual([[], [], [], []]);
    expect(rest(7, 12, /^jobs_jobs$/)).toEqual([[], [], [], [], []]);
    expect(found[12]).toEqual(expect.arrayContaining(["mailbox_contents", "mailbox_messages"]));
    // What waits for a mailbox that stays.
    expect(rest(13, 14, /^audit_/)).toEqual([["mailflow_deliveries", "mailflow_quarantine"]]);
    const [binned] = await searchAll([blobs.binned]);
    expect(binned).toEqual(expect.arrayContaining(["mailbox_contents", "mailbox_expunged"]));
    for (const blob of [blobs.due, blobs.held, blobs.binned])
      expect(await readAll(mailbox.blobs, tenant, blob as never)).toBeGreaterThan(0);
    for (const blob of given) await expect(readAll(mailbox.blobs, tenant, blob as never)).rejects.toThrow();
    expect(await readAll(mailbox.blobs, tenant, blobs.both as never)).toBeGreaterThan(0);
    await rcpt(stays.login);
    const addresses = await db.tenant(tenant, (tx) => listAddresses(tx));
    expect(addresses.map(({ domainName, kind, forwardTo }) => [domainName, kind, forwardTo])).toEqual([
      [stayingName, "mailbox", []],
      [stayingName, "group", [stays.login]],
    ]);
    const domains = await db.tenant(tenant, (tx) => listDomains(tx));
    expect(domains.map(({ name, state, aliasOf }) => [name, state, aliasOf])).toEqual([
      [brandName, "active", null],
      [stayingName, "active", null],
    ]);
    // Who wrote what was under way, was forwarded or was sent by an alias is told; the mailboxes are billed to nobody.
    const [told, ended] = await db.tenant(tenant, async (tx) => [
      await tx.sql`select recipient from mailflow_queue where state = 'waiting'`,
      await tx.sql<{ subject: string }[]>`
        select subject_id as subject from metering_events where meter = 'mail_account' and kind = 'ended'`,
    ]);
    expect(told.map(({ recipient }) => recipient)).toEqual(
      expect.arrayContaining([stays.login, "f@b.test", "s@b.test"]),
    );
    expect(ended.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([first.principalId, second.principalId, typed.principalId]),
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
    expect(counts).toMatchObject({ mailbox_accounts: 4, mailbox_messages: 4, domains_domains: 1, "stored files": 5 });
    expect(counts["messages that waited to be sent"]).toBe(3);
    await expect(erase(4)).resolves.toBeUndefined();
  });
}
