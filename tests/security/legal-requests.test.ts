import { createHash, randomUUID } from "node:crypto";
import type { BoardReply } from "@casaforte/contract/health";
import type { PersonData } from "@casaforte/contract/person";
import { providerTenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import {
  countDueRequests,
  deadlineOf,
  decideLegalRequest,
  endGag,
  type HoldId,
  isHeld,
  type LegalRequestId,
  liftHold,
  noteDelivery,
  type OperatorActor,
  placeHold,
  registerLegalRequest,
  remindOfRequests,
  tellCustomers,
} from "@casaforte/modules/compliance";
import { pseudonymOf } from "@casaforte/modules/tickets";
import { FakeClock } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import { jobHandlersOf } from "../../apps/server/src/worker.ts";
import {
  canary,
  id,
  never,
  search,
  services,
  stranger,
  strangersAddress,
  strangersOther,
  world,
} from "./departure.test-support.ts";
import { testRetention } from "./retention.test-support.ts";
import type { Person } from "./world.test-support.ts";

describe("a request of an authority", () => {
  const said = {
    kind: "production",
    authority: "Procura della Repubblica",
    act: "Decreto 7/2026",
    legalBasis: "art. 254-bis c.p.p.",
    receivedAtMs: Date.UTC(2026, 0, 30, 23, 30),
    deadlineMs: null,
    gag: true,
    gagUntilMs: null,
  } as const;
  const [ada, bea] = [legal(), legal()];
  function legal() {
    return {
      kind: "operator",
      principalId: randomUUID(),
      roles: ["legal"],
      ip: "192.0.2.7",
    } as unknown as OperatorActor;
  }
  const register = async (more: Partial<Parameters<typeof registerLegalRequest>[2]> = {}) => {
    const input = { ...said, id: id<LegalRequestId>(), holdId: id<HoldId>(), aboutTenant: stranger, nowMs: Date.now() };
    const scope = { parts: ["mail"] as const, mailAccounts: [strangersAddress] };
    await world.services.core.db.operator((tx) => registerLegalRequest(tx, ada, { ...input, scope, ...more }));
    return input.id;
  };
  const decide = (who: OperatorActor, requestId: LegalRequestId) =>
    world.services.core.db.operator((tx) =>
      decideLegalRequest(tx, who, { id: requestId, decision: "approve", reason: null, nowMs: Date.now() }),
    );

  test("R88: has ten days, eight hours in an emergency, or less where the act says so", () => {
    const at = said.receivedAtMs;
    expect(new Date(deadlineOf("production", at, null)).toISOString()).toBe("2026-02-09T23:30:00.000Z");
    expect(new Date(deadlineOf("emergency", at, null)).toISOString()).toBe("2026-01-31T07:30:00.000Z");
    expect(deadlineOf("production", at, at + 3_600_000)).toBe(at + 3_600_000);
    expect(deadlineOf("emergency", at, at + 90 * 86_400_000)).toBe(at + 8 * 3_600_000);
  });

  test("R88: a request that waits is recalled once with a quarter of its time left and once when it is late, and the mail tells nothing of it", async () => {
    const { db, logger } = world.services.core;
    const lawyer = await world.newPerson(stranger, { operatorRoles: ["legal"] });
    const engineer = await world.newPerson(stranger, { operatorRoles: ["infra"] });
    const clock = new FakeClock(Date.parse("2031-03-01T08:00:00Z"));
    const receivedAtMs = clock.nowMs();
    const act = "Decreto riservato 88/2031";
    const requestId = await register({ kind: "emergency", act, receivedAtMs, nowMs: receivedAtMs });
    const raised: string[] = [];
    const look = async () => {
      await db.operator((tx) =>
        remindOfRequests(tx, { clock }, async (_tx, { id }, isLate) => {
          if (id === requestId) raised.push(isLate ? "late" : "soon");
        }),
      );
      return raised.splice(0);
    };
    await look();
    await clock.advance(6 * 3_600_000 - 1);
    expect(await look()).toEqual([]);
    await clock.advance(1);
    expect([await look(), await look()]).toEqual([["soon"], []]);
    const due = async () =>
      (await db.operator((tx) => countDueRequests(tx, new Date(clock.nowMs())))).filter(
        ({ kind }) => kind === "emergency",
      );
    expect(await due()).toMatchObject([{ kind: "emergency", soon: 1 }]);
    await clock.advance(2 * 3_600_000);
    expect([await look(), await look()]).toEqual([["late"], []]);
    await decide(bea, requestId);
    const { late = 0 } = (await due())[0] ?? {};
    expect(late).toBeGreaterThan(0);
    await db.operator((tx) =>
      noteDelivery(tx, bea, { id: requestId, bytes: 1n, sha256: new Uint8Array(32), nowMs: clock.nowMs() }),
    );
    expect((await due())[0]?.late ?? 0).toBe(late - 1);
    // The job itself, with the mails that go out.
    const nowMs = Date.now();
    const other = { kind: "emergency", act, receivedAtMs: nowMs - 7 * 3_600_000 } as const;
    const second = await register(other);
    const [row] = await db.operator(
      (tx) => tx.sql<{ number: bigint }[]>`select number from compliance_requests where id = ${second}`,
    );
    for (const { task, run } of jobHandlersOf(world.services))
      for (let times = 0; times < 2; times++)
        if (task === "compliance.clock") await run({}, { tenantId: null, attempt: 1, signal: never, logger });
    const mailsTo = (login: string) =>
      db.tenant(
        providerTenantId,
        (tx) => tx.sql<{ subject: string; text: string }[]>`
          select subject, body as text from mailflow_system_mail where tenant_id = ${providerTenantId} and recipient = ${login}`,
      );
    const mails = await mailsTo(lawyer.login);
    const own = mails.filter(({ subject }) => subject === `In scadenza: richiesta ${row?.number} di un’autorità`);
    expect(own.length).toBe(1);
    expect(own[0]?.text).toContain("emergenza");
    for (const { subject, text } of mails)
      for (const secret of [act, said.authority, "Resta Spa", strangersAddress])
        expect(subject + text).not.toContain(secret);
    expect(await mailsTo(engineer.login)).toEqual([]);
    const headers = { cookie: (await world.session(engineer)).cookie };
    const board = (await world.faces.operator.inject({ url: "/api/board", headers })).json<BoardReply>();
    expect(board.authorities.soon).toBeGreaterThan(0);
  });

  test("R58: takes two persons, gives out its scope alone with the hash of what went, and notes every look", async () => {
    const { db } = world.services.core;
    const requestId = await register();
    const asLegal = await world.session(await world.newPerson(stranger, { operatorRoles: ["legal"] }));
    const take = (cookie: string) =>
      world.faces.operator.inject({ url: `/api/legal-requests/${requestId}/delivery`, headers: { cookie } });
    expect((await take(asLegal.cookie)).statusCode).toBe(409);
    await expect(decide(ada, requestId)).rejects.toMatchObject({ code: "compliance.same_person" });
    await expect(
      db.operator(
        (tx) =>
          tx.sql`update compliance_requests set decided_by = registered_by, decided_at = now() where id = ${requestId}`,
      ),
    ).rejects.toMatchObject({ constraint_name: "compliance_two_persons" });
    await decide(bea, requestId);
    const infra = await world.session(await world.newPerson(stranger, { operatorRoles: ["infra", "security"] }));
    expect((await take(infra.cookie)).statusCode).toBe(403);
    const { rawPayload, statusCode } = await take(asLegal.cookie);
    expect(statusCode).toBe(200);
    const text = rawPayload.toString("latin1");
    expect(text).toContain(`mail/${strangersAddress}/`);
    expect([text.includes(strangersOther), text.includes("settings/")]).toEqual([false, false]);
    const headers = { cookie: asLegal.cookie };
    const { requests } = (await world.faces.operator.inject({ url: "/api/legal-requests", headers })).json<{
      requests: { id: string; state: string; deliveredSha256: string }[];
    }>();
    const [listed] = requests.filter((each) => each.id === requestId);
    const sha256 = createHash("sha256").update(rawPayload).digest("hex");
    expect(listed).toMatchObject({ state: "delivered", deliveredSha256: sha256 });
    const looks = await world.faces.operator.inject({ url: `/api/legal-requests/${requestId}/looks`, headers });
    expect(looks.json<{ looks: { what: string }[] }>().looks.map(({ what }) => what)).toEqual(["list", "delivery"]);
  });

  test("R58: a scope that cannot be met is refused, and a deleted mailbox that is not purged is handed out", async () => {
    const narrowed = { parts: ["mail", "settings"] as const, mailAccounts: [strangersAddress] };
    await expect(register({ scope: narrowed })).rejects.toMatchObject({ code: "compliance.scope" });
    await expect(register({ scope: { parts: [] } })).rejects.toMatchObject({ code: "compliance.no_parts" });
    const settings = services.exporters.find(({ part }) => part === "settings");
    await expect(
      settings?.entries(stranger, { from: new Date() }, never)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({ code: "departure.scope" });
    const asLegal = await world.session(await world.newPerson(stranger, { operatorRoles: ["legal"] }));
    const take = async (mailAccounts: string[]) => {
      const requestId = await register({ scope: { parts: ["mail"], mailAccounts } });
      await decide(bea, requestId);
      const headers = { cookie: asLegal.cookie };
      return world.faces.operator.inject({ url: `/api/legal-requests/${requestId}/delivery`, headers });
    };
    const nobody = await take(["nessuno@resta.test"]);
    expect([nobody.statusCode, nobody.body.includes("mailbox.not_there")]).toEqual([404, true]);
    const accountId = await world.newDeletedMailAccount(stranger, "resta.test");
    const [account] = await world.services.core.db.tenant(
      stranger,
      (tx) => tx.sql<{ address: string }[]>`select address from mailbox_accounts where id = ${accountId}`,
    );
    expect((await take([account?.address ?? ""])).statusCode).toBe(200);
    const mail = services.exporters.find(({ part }) => part === "mail");
    const customers = mail?.entries(stranger, { mailAccounts: [account?.address ?? ""] }, never);
    await expect(customers?.[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "mailbox.not_there" });
  });

  test("R58: under a gag the customer learns nothing, and is told in its own log and by mail when the gag ends", async () => {
    const { db } = world.services.core;
    const told: string[] = [];
    const services = {
      db,
      clock: world.services.core.clock,
      tell: async (_tx: unknown, { act }: { act: string }) => void told.push(act),
    };
    const requestId = await register({ act: "Decreto 8/2026" });
    await decide(bea, requestId);
    await tellCustomers(services);
    expect(told).toEqual([]);
    const log = () => db.tenant(stranger, (tx) => listAudit(tx, { tenantId: stranger, action: "compliance" }));
    expect((await log()).entries).toEqual([]);
    await db.operator((tx) => endGag(tx, bea, { id: requestId, nowMs: Date.now() }));
    await tellCustomers(services);
    await tellCustomers(services);
    expect(told).toEqual(["Decreto 8/2026"]);
    expect((await log()).entries.map(({ details }) => details["act"])).toEqual(["Decreto 8/2026"]);
  });

  test("R88, R92: a request to preserve holds everything from the moment it is noted", async () => {
    const { db } = world.services.core;
    expect(await db.operator((tx) => isHeld(tx, stranger))).toBe(false);
    await register({ kind: "preservation" });
    expect(await db.operator((tx) => isHeld(tx, stranger))).toBe(true);
  });
});

describe("what a person may ask about themselves", () => {
  const asBrowser = async (who: Person, method: "GET" | "POST" | "PUT", url: string, body?: object) => {
    const { cookie } = await world.session(who);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const face = who.realm === "mail" ? world.faces.webmail : world.faces.console;
    return face.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  };
  const ask = (who: Person, words: string) =>
    asBrowser(who, "POST", "/api/tickets", { kind: "question", severity: "normal", subject: words, body: words });

  test("R80: a copy of their data in JSON and CSV has everything of the person, and nothing of a colleague", async () => {
    const tenant = await world.newTenant("Persone Srl");
    const anna = await world.newPerson(tenant, { role: "technician" });
    const bruno = await world.newPerson(tenant, { role: "owner" });
    await world.newDomain(tenant, "persone.test");
    const box = await world.newMailAccount(tenant, "persone.test");
    const other = await world.newMailAccount(tenant, "persone.test");
    const own = (await ask(anna, "il mio disco")).json<{ id: string }>();
    await asBrowser(bruno, "POST", `/api/tickets/${own.id}/answers`, { body: "rispondo da collega" });
    const theirs = (await ask(bruno, "la mia fattura")).json<{ id: string }>();
    await asBrowser(anna, "POST", `/api/tickets/${theirs.id}/answers`, { body: "dico la mia" });
    await world.services.core.db.tenant(
      tenant,
      ({ sql }) => sql`insert into tickets_entries (tenant_id, id, ticket_id, author, author_address, body, at)
        values (${tenant}, ${randomUUID()}, ${own.id}, 'system', ${bruno.login}, 'sono in ferie', now())`,
    );
    expect(
      (await asBrowser(bruno, "PUT", `/api/people/${anna.principalId}/role`, { role: "billing" })).statusCode,
    ).toBe(204);
    await asBrowser(anna, "PUT", "/api/auth/profile", { displayName: "Anna Esatta", language: "en" });
    const texts: string[] = [];
    for (const format of ["json", "csv"]) {
      const copy = await asBrowser(anna, "GET", `/api/auth/data?format=${format}`);
      expect(copy.headers["content-disposition"]).toContain(`my-data.${format}`);
      for (const word of [
        anna.login,
        "Anna Esatta",
        "il mio disco",
        "dico la mia",
        "identity.role_changed",
        "identity.profile_changed",
      ])
        expect(copy.body, format).toContain(word);
      texts.push(copy.body);
    }
    const mine = (await asBrowser(box, "GET", "/api/auth/data")).json<PersonData>();
    expect(mine.sections["mailbox"]).toMatchObject([{ address: box.login }]);
    expect(mine.sections["sessions"]?.length).toBeGreaterThan(0);
    texts.push(JSON.stringify(mine));
    for (const text of texts)
      for (const word of [
        bruno.login,
        bruno.principalId,
        "rispondo da collega",
        "sono in ferie",
        "la mia fattura",
        other.login,
        other.principalId,
      ])
        expect(text).not.toContain(word);
  });

  test("R81: a name is put right, access is restricted with the data kept, and who is erased leaves an id in the log and a pseudonym at the desk", async () => {
    const tenant = await world.newTenant("Diritti Srl");
    const dora = await world.newPerson(tenant, { role: "technician" });
    const boss = await world.newPerson(tenant, { role: "owner" });
    const name = `Dora ${canary}`;
    expect((await asBrowser(dora, "PUT", "/api/auth/profile", { displayName: name, language: "it" })).statusCode).toBe(
      204,
    );
    expect((await asBrowser(dora, "GET", "/api/auth/session")).json()).toMatchObject({ displayName: name });
    await ask(dora, "una domanda");
    const before = await world.session(dora);
    const status = (to: string) => asBrowser(boss, "PUT", `/api/people/${dora.principalId}/status`, { status: to });
    await status("disabled");
    const shut = await world.faces.console.inject({ url: "/api/auth/session", headers: { cookie: before.cookie } });
    expect(shut.statusCode).toBe(401);
    expect(await search(name)).toEqual(["identity_principals"]);
    await status("active");
    const erase = (login: string, who = dora) => asBrowser(who, "POST", "/api/auth/account/erasure", { login });
    expect((await erase(boss.login)).statusCode).toBe(422);
    expect((await erase(boss.login, boss)).json()).toMatchObject({ code: "identity.last_owner" });
    expect((await erase(dora.login)).statusCode).toBe(204);
    expect(await search(name)).toEqual([]);
    // Mails that are on their way keep where they go, for seven days after they have gone (R104).
    const onTheirWay = (table: string) => table.startsWith("mailflow_");
    expect((await search(dora.login)).filter((table) => !onTheirWay(table))).toEqual([]);
    const { db } = world.services.core;
    await db.tenant(tenant, async (tx) => {
      const [ticket] = await tx.sql<{ address: string }[]>`
        select requester_address as address from tickets_tickets where tenant_id = ${tenant} and requester_id = ${dora.principalId}`;
      expect(ticket?.address).toBe(pseudonymOf(dora.principalId));
      const { entries } = await listAudit(tx, { tenantId: tenant, actorId: dora.principalId });
      expect(entries.map(({ action }) => action)).toContain("identity.principal_removed");
    });
  });
});

test("R92, R81: under a hold a person who is erased and a mailbox that is purged are gone for everybody, and their rows go when it is lifted", async () => {
  const { db, logger } = world.services.core;
  const tenant = await world.newTenant("Conservata Srl");
  const [boss, elsa] = [
    await world.newPerson(tenant, { role: "owner" }),
    await world.newPerson(tenant, { role: "technician" }),
  ];
  await world.newDomain(tenant, "conservata.test");
  const box = await world.newDeletedMailAccount(tenant, "conservata.test");
  const ask = async (who: Person, method: "GET" | "POST", url: string, payload?: object) => {
    const headers = { cookie: (await world.session(who)).cookie, "sec-fetch-site": "same-origin" };
    return world.faces.console.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  };
  const rows = () =>
    db.tenant(tenant, async ({ sql }) => {
      const people = await sql<{ id: string }[]>`select id from identity_principals where tenant_id = ${tenant}`;
      const boxes = await sql<{ id: string }[]>`select id from mailbox_accounts where tenant_id = ${tenant}`;
      return { people: people.map((row) => row.id), boxes: boxes.map((row) => row.id) };
    });
  const run = async () => {
    for (const { task, run: work } of jobHandlersOf(world.services))
      if (["identity.sweep", "mailbox.collect"].includes(task))
        await work({}, { tenantId: null, attempt: 1, signal: never, logger });
  };
  const [ada, bea] = [randomUUID(), randomUUID()].map(
    (principalId) => ({ kind: "operator", principalId, roles: ["legal"], ip: "192.0.2.7" }) as unknown as OperatorActor,
  ) as [OperatorActor, OperatorActor];
  const holdId = id<HoldId>();
  const nowMs = Date.now();
  await db.operator((tx) =>
    placeHold(tx, ada, { id: holdId, aboutTenant: tenant, requestId: null, reason: "atti", nowMs }),
  );
  const { cookie } = await world.session(elsa);
  expect((await ask(elsa, "POST", "/api/auth/account/erasure", { login: elsa.login })).statusCode).toBe(204);
  expect((await ask(boss, "POST", `/api/mail-accounts/${box}/purge`)).statusCode).toBe(200);
  // The hold does not show.
  expect((await world.faces.console.inject({ url: "/api/auth/session", headers: { cookie } })).statusCode).toBe(401);
  const lists = await Promise.all(
    ["/api/people", "/api/mail-accounts?state=deleted"].map(async (url) => (await ask(boss, "GET", url)).body),
  );
  expect(lists.map((body) => body.includes(elsa.principalId) || body.includes(box))).toEqual([false, false]);
  await run();
  expect(await rows()).toMatchObject({
    people: expect.arrayContaining([elsa.principalId, box]),
    boxes: expect.arrayContaining([box]),
  });
  for (const who of [ada, bea]) await db.operator((tx) => liftHold(tx, who, { id: holdId, decision: "lift", nowMs }));
  await run();
  // The person of a mailbox goes with it, also when a job removes it (R104).
  expect(await rows()).toEqual({ people: [boss.principalId], boxes: [] });
});

testRetention();
