import { providerTenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { createFace } from "@casaforte/platform/http";
import { describe, expect, test } from "vitest";
import { networkOf } from "./ask-brake.ts";
import {
  addContact,
  askToSubscribe,
  type NoticeUpdateId,
  noticeLimits,
  registerStatusPage,
  removeContact,
} from "./index.ts";
import {
  clock,
  database,
  dayMs,
  face,
  logger,
  mails,
  milano,
  newTenant,
  open,
  operator,
  post,
  random,
  services,
  to,
  tokenIn,
  update,
  where,
  worker,
} from "./notices.test-support.ts";
import { spreadUpdate } from "./spread-notice.ts";

describe("the status page", () => {
  test("R29: two confirmations to join, one press to leave, and the answer never tells who is known", async () => {
    const ask = () => post("/api/status/subscriptions", JSON.stringify({ address: "s@nowhere.test", language: "en" }));
    expect((await ask()).statusCode).toBe(202);
    expect((await ask()).statusCode).toBe(202);
    expect(to()).toEqual(["s@nowhere.test"]);
    expect(mails[0]).toMatchObject({ language: "en", subject: "Confirm: status of Casaforte" });
    expect(mails[0]?.text).toMatch(/otherwise ignore the message\.\n\nhttps:\/\/console\.test\/status\/link\/\S+$/);
    await open();
    await worker.drain();
    expect(mails).toHaveLength(1);
    await post(`/status/link/${tokenIn(mails[0]?.text ?? "")}`, "{}");
    expect((await ask()).statusCode).toBe(202);
    expect(mails).toHaveLength(1);
    await open();
    await worker.drain();
    const mail = mails[1];
    expect(mail).toMatchObject({ to: "s@nowhere.test", unsubscribeUrl: expect.stringContaining("/status/link/") });
    const url = new URL(mail?.unsubscribeUrl ?? "").pathname;
    // As a mail program does it (RFC 8058).
    const left = await post(url, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded");
    expect(left.statusCode).toBe(204);
    await open();
    await worker.drain();
    expect(mails).toHaveLength(2);
  });

  test("R29: who subscribed to one part gets its maintenance, and nothing of other parts or places", async () => {
    const join = async (address: string, part?: object) => {
      const body = JSON.stringify({ address, language: "en", ...(part ? { part } : {}) });
      expect((await post("/api/status/subscriptions", body)).statusCode).toBe(202);
      await post(`/status/link/${tokenIn(mails.at(-1)?.text ?? "")}`, "{}");
    };
    await join("backup-mi@nowhere.test", { service: "backup", siteId: "mi1" });
    await join("backup@nowhere.test", { service: "backup", siteId: null });
    await join("mail@nowhere.test", { service: "mail", siteId: null });
    await join("all@nowhere.test");
    const heard = async (notice: Parameters<typeof open>[0]) => {
      mails.length = 0;
      const fromMs = clock.nowMs() + 3 * dayMs;
      await open({ kind: "maintenance", planned: { fromMs, untilMs: fromMs + 3_600_000 }, ...notice });
      await worker.drain();
      return to().filter((address) => /^(backup|mail|all)/.test(address));
    };
    const [mi, rm] = services.sites.map(({ id }) => id);
    expect(await heard({ services: ["backup"], siteId: mi ?? null })).toEqual([
      "all@nowhere.test",
      "backup-mi@nowhere.test",
      "backup@nowhere.test",
    ]);
    expect(await heard({ services: ["backup"], siteId: rm ?? null })).toEqual([
      "all@nowhere.test",
      "backup@nowhere.test",
    ]);
    expect(await heard({ services: ["mail", "backup"], siteId: null })).toHaveLength(4);
    expect(await heard({ services: ["mail"], siteId: null })).toEqual(["all@nowhere.test", "mail@nowhere.test"]);
    expect(await heard({ services: ["console"], siteId: null })).toEqual(["all@nowhere.test"]);
    const unknown = { address: "x@nowhere.test", language: "en", part: { service: "backup", siteId: "zz9" } };
    expect((await post("/api/status/subscriptions", JSON.stringify(unknown))).statusCode).toBe(422);
    const page = (await face.inject({ url: "/status?lang=it" })).body;
    expect(page).toContain("Cloud Backup · Milano</option>");
  });

  test("R29: a link sets the part that its mail and page name, whatever is asked meanwhile, and so one chooses anew", async () => {
    const address = "anew@nowhere.test";
    const ask = async (part?: object) => {
      clock.advance(dayMs);
      await post("/api/status/subscriptions", JSON.stringify({ address, language: "en", ...(part ? { part } : {}) }));
      return mails.at(-1)?.text ?? "";
    };
    const follow = async (text: string) =>
      expect((await post(`/status/link/${tokenIn(text)}`, "{}")).statusCode).toBe(204);
    const chosen = () =>
      database.db.tenant(providerTenantId, async (tx) => {
        const [row] = await tx.sql`
          select service, site_id as "siteId", confirmed_at is not null as "isConfirmed" from notices_subscribers
          where tenant_id = ${tx.tenantId} and address = ${address}`;
        return row;
      });
    const wanted = await ask({ service: "mail", siteId: null });
    expect(wanted).toContain("About: Mail\n");
    const ofStranger = await ask({ service: "backup", siteId: milano });
    expect(ofStranger).toContain("About: Cloud Backup · Milano\n");
    const page = await face.inject({ url: `/status/link/${tokenIn(wanted)}?lang=it` });
    expect(page.body).toContain("<strong>Mail</strong>");
    await follow(wanted);
    expect(await chosen()).toEqual({ service: "mail", siteId: null, isConfirmed: true });
    const anew = await ask();
    expect(mails).toHaveLength(3);
    expect(await chosen()).toEqual({ service: "mail", siteId: null, isConfirmed: true });
    await follow(anew);
    expect(await chosen()).toEqual({ service: null, siteId: null, isConfirmed: true });
    expect((await post(`/status/link/${tokenIn(wanted).replace(".mail.", ".backup.")}`, "{}")).statusCode).toBe(404);
    await database.db.tenant(
      providerTenantId,
      (tx) => tx.sql`delete from notices_subscribers where address = ${address}`,
    );
  });

  test("R29: who leaves while a notice is being spread is written to no more", async () => {
    const all = (work: (tx: TenantTx) => Promise<unknown>) => database.db.tenant(providerTenantId, work);
    await all(
      (tx) => tx.sql`
        insert into notices_subscribers (tenant_id, id, address, language, asked_at, confirmed_at)
        select ${tx.tenantId}, gen_random_uuid(), 'leaves' || n || '@nowhere.test', 'it', now(), now()
        from generate_series(1, 3) n`,
    );
    const noticeId = await open();
    const [update] = await database.db.operator(
      (tx) => tx.sql<{ id: NoticeUpdateId }[]>`select id from notices_updates where notice_id = ${noticeId}`,
    );
    const mail: typeof services.mail = async (tx, sent) => {
      if (sent.to.startsWith("leaves"))
        await all(
          ({ sql }) => sql`delete from notices_subscribers where address like 'leaves%' and address <> ${sent.to}`,
        );
      return services.mail(tx, sent);
    };
    if (update) await spreadUpdate({ ...services, mail }, update.id, new AbortController().signal);
    expect(to().filter((address) => address.startsWith("leaves"))).toHaveLength(1);
    await all(({ sql }) => sql`delete from notices_subscribers where address like 'leaves%'`);
  });

  test("R29: requests for one address that come together send one mail, whose link works; the next goes after a day", async () => {
    const input = { address: "many@nowhere.test", language: "en" } as const;
    await Promise.all(Array.from({ length: 6 }, () => askToSubscribe(services, input)));
    expect(to()).toEqual([input.address]);
    clock.advance(noticeLimits.dayMs - 1);
    await askToSubscribe(services, input);
    expect(mails).toHaveLength(1);
    clock.advance(1);
    await askToSubscribe(services, input);
    expect(mails).toHaveLength(2);
    for (const { text } of mails) expect((await post(`/status/link/${tokenIn(text)}`, "{}")).statusCode).toBe(204);
  });

  test("R29: where too many wait for their confirmation the one asked first makes room, and no subscriber does", async () => {
    const rows = (tx: TenantTx) => tx.sql<{ address: string }[]>`
      select address from notices_subscribers where tenant_id = ${tx.tenantId} and address like '%@crowd.test'`;
    const crowd = (work: (tx: TenantTx) => Promise<unknown>) => database.db.tenant(providerTenantId, work);
    await crowd((tx) => tx.sql`delete from notices_subscribers where confirmed_at is null`);
    // The first of all has confirmed; the second waits longest.
    await crowd(
      (tx) => tx.sql`
        insert into notices_subscribers (tenant_id, id, address, language, asked_at, confirmed_at)
        select ${tx.tenantId}, gen_random_uuid(), 'n' || n || '@crowd.test', 'it',
          ${new Date(clock.nowMs() - 1_000)}::timestamptz + n * interval '1 microsecond', case when n = 0 then now() end
        from generate_series(0, ${noticeLimits.unconfirmedMax}::int) n`,
    );
    await askToSubscribe(services, { address: "newest@crowd.test", language: "it" });
    expect(mails.map((mail) => mail.to)).toEqual(["newest@crowd.test"]);
    const left = await database.db.tenant(providerTenantId, async (tx) =>
      (await rows(tx)).map(({ address }) => address),
    );
    expect(left).toHaveLength(noticeLimits.unconfirmedMax + 1);
    const stays = ["n0@crowd.test", "n1@crowd.test", "n2@crowd.test", "newest@crowd.test"];
    expect(stays.map((address) => left.includes(address))).toEqual([true, false, true, true]);
    await crowd((tx) => tx.sql`delete from notices_subscribers where address like '%@crowd.test'`);
  });

  test("R29: one network asks so often an hour, others are not shut out", async () => {
    let asked = 0;
    const ask = (remoteAddress: string) =>
      face.inject({
        method: "POST",
        url: "/api/status/subscriptions",
        remoteAddress,
        payload: { address: `n${++asked}@nowhere.test`, language: "it" },
      });
    for (let turn = 0; turn < noticeLimits.asksOfNetworkMax; turn++)
      expect((await ask(`198.51.100.${turn}`)).statusCode).toBe(202);
    expect((await ask("198.51.100.250")).statusCode).toBe(429);
    expect((await ask("198.51.101.1")).statusCode).toBe(202);
    expect(mails).toHaveLength(noticeLimits.asksOfNetworkMax + 1);
    clock.advance(noticeLimits.askWindowMs);
    expect((await ask("198.51.100.250")).statusCode).toBe(202);
    expect(networkOf("2001:db8:1:2ff::1")).toBe(networkOf("2001:db8:1:200:ffff::9"));
    expect(networkOf("2001:db8:1:300::1")).not.toBe(networkOf("2001:db8:1:200::1"));
    expect(networkOf("::ffff:198.51.100.9")).toBe(networkOf("198.51.100.1"));
  });

  test("R102: a customer asks strangers only so often a day", async () => {
    const tenantId = await newTenant("asks");
    const add = async (count: number) => {
      const input = { purpose: "incidents", address: `a${count}@asks.test`, language: "en" } as const;
      const { id } = await database.db.tenant(tenantId, (tx) => addContact(tx, operator, input, services));
      await database.db.tenant(tenantId, (tx) => removeContact(tx, operator, id));
    };
    for (let count = 0; count < noticeLimits.contactAsksMax; count++) await add(count);
    await expect(add(1)).rejects.toMatchObject({ kind: "rate_limited", code: "notices.too_many_asks" });
    expect(mails).toHaveLength(noticeLimits.contactAsksMax);
    clock.advance(dayMs);
    await add(1);
  });

  test("R29: shows state, history and feeds without a session, in two languages, cacheable, and no customer or host", async () => {
    const tenantId = await newTenant("Segreti");
    where.set("mail/all", [tenantId]);
    const hostId = "00000000-0000-7000-8000-0000000000bb";
    await open({ services: ["mail"], siteId: null, hostId, severity: "critical", titleEn: "<b>Mail</b> is down" });
    await worker.drain();
    clock.advance(noticeLimits.statusAgeMs);
    const page = await face.inject({ url: "/status?lang=en" });
    expect(page.headers["cache-control"]).toBe("public, max-age=30");
    expect(page.headers["set-cookie"]).toBeUndefined();
    expect(page.body).toContain("Some services have problems");
    expect(page.body).toContain("&#60;b&#62;Mail");
    expect((await face.inject({ url: "/status", headers: { "accept-language": "it" } })).body).toContain(
      "Stato dei servizi",
    );
    const { parts: shown, notices } = (await face.inject({ url: "/status.json" })).json();
    const mail = shown.find((part: { service: string }) => part.service === "mail");
    expect(mail).toMatchObject({ state: "down" });
    expect(mail.days).toHaveLength(90);
    expect(mail.days.slice(-2)).toEqual(["working", "down"]);
    expect(shown.filter((part: { service: string }) => part.service === "backup")).toHaveLength(2);
    const feed = await face.inject({ url: "/status.atom?lang=en" });
    expect(feed.body.match(/<entry>/g)?.length).toBe(
      Math.min(100, notices.flatMap((notice: { updates: unknown[] }) => notice.updates).length),
    );
    for (const body of [page.body, feed.body, JSON.stringify(notices)])
      for (const secret of [hostId, tenantId, providerTenantId, "Segreti"]) expect(body).not.toContain(secret);
  });

  test("R9: however many small notices follow, the interruptions before them count and what is down stays down", async () => {
    await open({ services: ["mail"], siteId: null, severity: "critical" });
    const id = await open({ services: ["console"], siteId: null, severity: "major" });
    clock.advance(3_600_000);
    await update(id, "resolved");
    const part = async (service: string) => {
      clock.advance(noticeLimits.statusAgeMs);
      const { parts } = (await face.inject({ url: "/status.json" })).json();
      return parts.find((each: { service: string }) => each.service === service);
    };
    const before = (await part("console")).measured.interruptedSeconds;
    expect(before).toBeGreaterThanOrEqual(3_600);
    const at = new Date(clock.nowMs());
    await database.db.operator(
      (tx) => tx.sql`
        insert into notices_notices (id, kind, severity, state, services, title_it, title_en, opened_at, updated_at, closed_at)
        select gen_random_uuid(), 'incident', 'minor', 'resolved', array['backup'], 'x', 'x', ${at}, ${at}, ${at}
        from generate_series(1, ${noticeLimits.listedMax}::int)`,
    );
    expect((await part("console")).measured.interruptedSeconds).toBe(before);
    expect(await part("mail")).toMatchObject({ state: "down" });
  });

  test("R29: while the database is away the page shows what it knew and says so", async () => {
    let isAway = false;
    const lookup: typeof database.db.lookup = (work, options) =>
      isAway ? Promise.reject(new Error("away")) : database.db.lookup(work, options);
    const other = createFace({
      name: "console",
      clock,
      random,
      logger,
      trustedProxies: [],
      contentSecurityPolicy: "console",
    });
    const away = createFace({
      name: "console",
      clock,
      random,
      logger,
      trustedProxies: [],
      contentSecurityPolicy: "console",
    });
    const db = { ...database.db, lookup };
    registerStatusPage(other, { ...services, db });
    expect((await other.inject({ url: "/status?lang=en" })).body).toContain("Updated:");
    isAway = true;
    clock.advance(3_600_000);
    const page = await other.inject({ url: "/status?lang=en" });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain("Not up to date");
    expect((await other.inject({ url: "/status.json" })).json()).toMatchObject({ isFresh: false });
    registerStatusPage(away, { ...services, db });
    const never = await away.inject({ url: "/status?lang=en" });
    expect(never.statusCode).toBe(200);
    expect(never.body).toContain("cannot be read at the moment");
    expect((await away.inject({ url: "/status.json" })).statusCode).toBe(503);
    await other.close();
    await away.close();
  });
});
