import type { Failure } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { caller, goodPassword } from "./identity-bench.test-support.ts";
import { jobHandlers } from "./jobs.ts";
import { identityLimits } from "./limits.ts";
import { ownerOfLogin } from "./owner-of-login.ts";
import {
  accepted,
  bench,
  closed,
  codeOf,
  counts,
  finish,
  firm,
  newBrowser,
  otherTerms,
  otherThan,
  terms,
} from "./sign-up.test-support.ts";
import { findLogin, updateLogin } from "./store-principals.ts";
import { countStrangersMail } from "./strangers-mail.ts";
import type { Session } from "./types.ts";

test("R73: data, code and password make organisation and owner at once, and nothing before the password is chosen", async () => {
  const before = await counts();
  const browser = newBrowser();
  expect(await browser("POST", "sign-up", firm("Nera@Neri.example"))).toMatchObject({ status: 202 });
  expect((await browser("GET", "sign-up")).body).toMatchObject({
    isOpen: true,
    progress: { login: "nera@neri.example", company: "Neri & C. Snc", isProven: false },
  });
  expect(await browser("POST", "sign-up/finish", finish)).toMatchObject({
    status: 412,
    body: { code: "identity.sign_up_expired" },
  });
  const code = codeOf("nera@neri.example");
  expect(code).toMatch(/^\d{6}$/);
  const proven = await browser("POST", "sign-up/code", { code });
  expect(proven).toMatchObject({ status: 200, body: { isProven: true } });
  expect(await browser("POST", "sign-up/finish", { ...finish, password: "nera@neri.example" })).toMatchObject({
    status: 422,
  });
  expect(await browser("POST", "sign-up/finish", { ...finish, accepted: [] })).toMatchObject({
    body: { code: "catalogue.acceptance_missing" },
  });
  expect(await browser("POST", "sign-up/finish", { ...finish, accepted: [otherTerms] })).toMatchObject({
    body: { code: "catalogue.document_changed" },
  });
  expect(await counts(), "no litter").toEqual(before);
  const done = await browser("POST", "sign-up/finish", finish);
  expect(done).toMatchObject({
    status: 200,
    body: { step: "signed_in", session: { login: "nera@neri.example", role: "owner", tenantName: "Neri & C. Snc" } },
  });
  const { tenantId, principalId } = done.body.session;
  expect(accepted).toEqual([
    { tenantId, said: [terms], actor: expect.objectContaining({ kind: "user", tenantId, principalId, role: "owner" }) },
  ]);
  expect((await browser("GET", "tenant".replace("tenant", "session"))).status).toBe(200);
  expect(await browser("POST", "sign-up/finish", finish)).toMatchObject({ status: 412 });
  const log = await bench.database.db.tenant(
    tenantId,
    (tx) =>
      tx.sql<{ action: string }[]>`select action from audit_entries where tenant_id = ${tenantId} order by at, id`,
  );
  expect(log.map(({ action }) => action)).toEqual([
    "tenancy.tenant_created",
    "identity.principal_created",
    "identity.signed_up",
    "identity.signed_in",
  ]);
  const rows = await bench.database.db.tenant(
    tenantId,
    (tx) => tx.sql`select country, vat_number, signed_up, vetted from tenancy_tenants`,
  );
  expect(rows).toMatchObject([{ country: "IT", vat_number: "12345678903", signed_up: true, vetted: false }]);
});

test("R73: a known and an unknown address get the same answers to the end of their tries; only the mail differs", async () => {
  await bench.newPerson(await bench.newTenant(), "known@firm.example");
  const askers = ["known@firm.example", "unknown@firm.example"].map((login) => ({ login, send: newBrowser() }));
  const seen: string[] = ["", ""];
  const both = async (method: "GET" | "POST", path: string, payload?: (login: string) => object) => {
    for (const [at, { login, send }] of askers.entries()) {
      const { status, body } = await send(method, path, payload?.(login));
      seen[at] += JSON.stringify([status, body]).replaceAll(login, "LOGIN");
    }
  };
  const mailed = bench.mails.length;
  await both("POST", "sign-up", firm);
  await both("GET", "sign-up");
  await both("POST", "sign-up/resend", () => ({}));
  await bench.clock.advance(identityLimits.signUpMailEveryMs);
  await both("POST", "sign-up/resend", () => ({}));
  for (let tries = 0; tries <= identityLimits.signUpTries; tries++)
    await both("POST", "sign-up/code", (login) => ({ code: otherThan(codeOf(login)) }));
  await bench.clock.advance(identityLimits.signUpMailEveryMs);
  await both("POST", "sign-up/resend", () => ({}));
  expect(bench.mails.slice(mailed).map(({ template, to }) => [template, to])).toEqual([
    ["sign_up_known", "known@firm.example"],
    ["sign_up_code", "unknown@firm.example"],
    ["sign_up_known", "known@firm.example"],
    ["sign_up_code", "unknown@firm.example"],
  ]);
  const plain = (text: string) => text.replace(/"(requestId|correlationId|instance)":"[^"]*"/g, "");
  expect(plain(seen[0] ?? "")).toBe(plain(seen[1] ?? ""));
  expect(seen[0]).toContain("identity.sign_up_code");
  expect(seen[0]).toContain("identity.sign_up_expired");
});

test("R73: a code ends after a quarter of an hour, five wrong ones end the request, and another address begins anew", async () => {
  const late = newBrowser();
  await late("POST", "sign-up", firm("late@firm.example"));
  await bench.clock.advance(identityLimits.signUpCodeMs);
  expect(await late("POST", "sign-up/code", { code: codeOf("late@firm.example") })).toMatchObject({
    status: 422,
    body: { code: "identity.sign_up_code" },
  });
  expect((await late("POST", "sign-up/resend", {})).status).toBe(202);
  expect((await late("POST", "sign-up/code", { code: codeOf("late@firm.example") })).status).toBe(200);

  const guessing = newBrowser();
  await guessing("POST", "sign-up", firm("guessed@firm.example"));
  const code = codeOf("guessed@firm.example");
  await Promise.all(
    Array.from({ length: 12 }, () => guessing("POST", "sign-up/code", { code: otherThan(code) }).catch(() => null)),
  );
  expect((await guessing("POST", "sign-up/code", { code })).body.code).toMatch(
    /identity\.(sign_up_expired|too_many_attempts)/,
  );

  const tired = newBrowser();
  await tired("POST", "sign-up", firm("tired@firm.example"));
  const last = codeOf("tired@firm.example");
  for (let tries = 0; tries < identityLimits.signUpTries; tries++)
    expect((await tired("POST", "sign-up/code", { code: otherThan(last) })).status).toBe(422);
  expect((await tired("POST", "sign-up/code", { code: last })).body.code).toBe("identity.sign_up_expired");

  const moved = newBrowser();
  await moved("POST", "sign-up", firm("mistyped@firm.example"));
  const former = codeOf("mistyped@firm.example");
  await moved("POST", "sign-up", firm("right@firm.example"));
  expect((await moved("POST", "sign-up/code", { code: former })).status).toBe(422);
  expect((await moved("POST", "sign-up/code", { code: codeOf("right@firm.example") })).status).toBe(200);
});

test("R73, R59: one address is mailed ten times and then slowed down, whoever asks and however it is spelled", async () => {
  const spellings = ["@firm.example", "@firm.example.", "@ｆirm.example", "@fi\u00adrm.example"];
  const statuses = [];
  for (let asked = 0; asked < 12; asked++)
    statuses.push((await newBrowser()("POST", "sign-up", firm(`flooded${spellings[asked % 4]}`))).status);
  expect(statuses).toEqual([...Array(10).fill(202), 429, 429]);
  expect(bench.mails.filter(({ to }) => to === "flooded@firm.example")).toHaveLength(10);
});

test("R73, R59: who holds 65,536 networks asks for as much as their /48 may", async () => {
  const { siteBrake } = bench.identity.context;
  const from = (n: number) => `2001:db8:7:${n.toString(16)}::1`;
  const ask = (ip: string) =>
    bench.identity
      .askSignUp({ ...firm(`at-${ip.replaceAll(":", "-")}@firm.example`), language: "it", ...caller, ip, former: null })
      .then(
        () => "mailed",
        (error: Failure) => error.code,
      );
  for (let n = 1; n < identityLimits.signUpSiteFreeTries; n++)
    await siteBrake.take({ realm: "user", login: `${n}`, ip: from(n), deviceId: null, secret: "", factor: "sign_up" });
  expect(await ask(from(0x1001))).toBe("mailed");
  expect(await ask(from(0x1002))).toBe("identity.too_many_attempts");
  expect(await ask("2001:db8:8::1")).toBe("mailed");
});

test("R73, R59: strangers who name an address use up nothing of the request that its owner made", async () => {
  const owner = newBrowser();
  expect((await owner("POST", "sign-up", firm("beset@firm.example"))).status).toBe(202);
  const code = codeOf("beset@firm.example");
  for (let asked = 0; asked < 12; asked++) await newBrowser()("POST", "sign-up", firm("beset@firm.example"));
  expect((await owner("POST", "sign-up/code", { code })).status).toBe(200);
});

test("R59: a request whose end is refused again and again is slowed down before its password is hashed", async () => {
  const browser = newBrowser();
  await browser("POST", "sign-up", firm("again@firm.example"));
  await browser("POST", "sign-up/code", { code: codeOf("again@firm.example") });
  const statuses = [];
  for (let sent = 0; sent < 12; sent++)
    statuses.push((await browser("POST", "sign-up/finish", { ...finish, accepted: [otherTerms] })).status);
  expect(statuses).toEqual([...Array(10).fill(422), 429, 429]);
});

test("R73: a code is good in the browser that asked alone, and is stored as a keyed hash", async () => {
  await newBrowser()("POST", "sign-up", firm("asker@firm.example"));
  const code = codeOf("asker@firm.example");
  expect(await newBrowser()("POST", "sign-up/code", { code })).toMatchObject({ status: 412 });
  const direct = bench.database.db.lookup((tx) => tx.sql`select * from identity_sign_ups`);
  await expect(direct, "the runtime role reaches the rows by the functions alone").rejects.toThrow();
});

test("R73, R104: a request never proven is swept after its hour; a closed installation takes none", async () => {
  const browser = newBrowser();
  await browser("POST", "sign-up", firm("forgotten@firm.example"));
  await bench.clock.advance(identityLimits.signUpMs);
  expect((await browser("GET", "sign-up")).body).toMatchObject({ progress: null });
  const sweep = jobHandlers({ identity: bench.identity })[0];
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bench.logger };
  await sweep?.run({}, context as never);
  const left = await bench.database.db.lookup(
    (tx) => tx.sql<{ gone: number }[]>`select identity_sweep_sign_ups(${new Date(bench.clock.nowMs())}) as gone`,
  );
  expect(left[0]?.gone).toBe(0);
  const before = bench.mails.length;
  expect(await newBrowser(closed)("GET", "sign-up")).toMatchObject({ body: { isOpen: false, documents: [] } });
  expect(await newBrowser(closed)("POST", "sign-up", firm("early@firm.example"))).toMatchObject({
    status: 403,
    body: { code: "identity.sign_up_closed" },
  });
  expect(bench.mails.length).toBe(before);
});

test("R73: where too many wait, the oldest without a right code makes room and nobody is turned away", async () => {
  const [proven, oldest] = [newBrowser(), newBrowser()];
  await proven("POST", "sign-up", firm("proven@firm.example"));
  await proven("POST", "sign-up/code", { code: codeOf("proven@firm.example") });
  await oldest("POST", "sign-up", firm("oldest@firm.example"));
  const ask = (ticket: string, most: number) =>
    bench.database.db.lookup((tx) => {
      const [now, until] = [new Date(bench.clock.nowMs()), new Date(bench.clock.nowMs() + identityLimits.signUpMs)];
      return tx.sql`select identity_ask_sign_up(${Buffer.from(ticket)}, null, 'new@firm.example', 'Neri', 'IT',
        '12345678903', 'it', ${Buffer.from("code")}, ${now}, ${until}, ${until}, ${most}) as taken`;
    });
  expect(await ask("new", 2)).toMatchObject([{ taken: true }]);
  expect((await proven("GET", "sign-up")).body).toMatchObject({ progress: { isProven: true } });
  expect((await oldest("GET", "sign-up")).body).toMatchObject({ progress: null });
  expect(await ask("newer", 1), "a right code is worth its place").toMatchObject([{ taken: false }]);
});

test("R73: of many who ask at once where the waiting room is full nobody waits for another or is turned away", async () => {
  const { lookup } = bench.database.db;
  const later = new Date(bench.clock.nowMs() + 10 * identityLimits.signUpMs);
  await lookup((tx) => tx.sql`select identity_sweep_sign_ups(${later})`);
  const waiting = async () =>
    (await lookup((tx) => tx.sql<{ n: number }[]>`select identity_overdue_sign_ups(${later}) as n`))[0]?.n;
  const ask = (ticket: string, together: () => Promise<void> = async () => {}) =>
    lookup(async (tx) => {
      const [now, until] = [new Date(bench.clock.nowMs()), new Date(bench.clock.nowMs() + identityLimits.signUpMs)];
      // Whoever waits for another's row waits for ever here: all end their transactions together.
      await tx.sql`select set_config('lock_timeout', '5s', true)`;
      const [row] = await tx.sql<{ taken: boolean }[]>`select identity_ask_sign_up(${Buffer.from(ticket)}, null,
        'new@firm.example', 'Neri', 'IT', '12345678903', 'it', ${Buffer.from("code")}, ${now}, ${until}, ${until},
        3) as taken`;
      await together();
      return row?.taken;
    });
  for (const ticket of ["a", "b", "c"]) await ask(ticket);
  const all = Promise.withResolvers<void>();
  let asking = 4;
  const together = () => {
    asking--;
    if (asking === 0) all.resolve();
    return all.promise;
  };
  const asked = ["d", "e", "f", "g"].map((ticket) => ask(ticket, together).finally(all.resolve));
  expect(await Promise.all(asked)).toEqual([true, true, true, true]);
  expect(await waiting(), "one more than there are places, since all were being cleared").toBe(4);
  expect(await ask("h")).toBe(true);
  expect(await waiting()).toBe(3);
});

test("R73, R59: a domain in letters and in its coded form is one login, whichever was typed first", async () => {
  const [letters, coded] = ["nera@bücher.example", "nera@xn--bcher-kva.example"];
  const browser = newBrowser();
  expect((await browser("POST", "sign-up", firm(coded))).status).toBe(202);
  expect((await browser("POST", "sign-up/code", { code: codeOf(letters) })).status).toBe(200);
  expect(await browser("POST", "sign-up/finish", finish)).toMatchObject({ body: { session: { login: letters } } });
  for (const login of [coded, letters, "Nera@XN--BCHER-KVA.example."])
    expect(await newBrowser()("POST", "sign-in", { login, password: goodPassword }), login).toMatchObject({
      status: 200,
      body: { session: { login: letters } },
    });
  await newBrowser()("POST", "sign-up", firm(coded));
  expect(bench.mails.at(-1)).toMatchObject({ template: "sign_up_known", to: letters });
  await bench.identity.requestPasswordReset({ realm: "user", login: coded, ip: "198.51.100.1" });
  expect(bench.mails.at(-1)).toMatchObject({ template: "password_reset", to: letters });
  // Guesses at the one are guesses at the other.
  const statuses = [];
  for (let guess = 0; guess < 12; guess++)
    statuses.push(
      (await newBrowser()("POST", "sign-in", { login: [coded, letters][guess % 2], password: `wrong ${guess}` }))
        .status,
    );
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});

test("R73: who was invited by the coded form, or was before there was one spelling, signs in by either", async () => {
  const tenantId = await bench.newTenant();
  const [letters, coded] = ["ugo@bücher.example", "ugo@xn--bcher-kva.example"];
  const id = await bench.newPerson(tenantId, coded);
  await expect(bench.newPerson(tenantId, letters)).rejects.toMatchObject({ code: "identity.login_taken" });
  const signIn = async (login: string) =>
    (await newBrowser()("POST", "sign-in", { login, password: goodPassword })).body?.session?.login;
  expect([await signIn(coded), await signIn(letters)]).toEqual([letters, letters]);
  await bench.database.db.tenant(tenantId, (tx) => updateLogin(tx, id, coded));
  expect([await signIn(coded), await signIn(letters)]).toEqual([coded, coded]);
});

test("R16: a mail's sender is somebody only as the domain is plainly written, which is what DMARC spoke of", async () => {
  const tenantId = await bench.newTenant();
  const principalId = await bench.newPerson(tenantId, "olga@bücher.example");
  const owner = (address: string) => ownerOfLogin(bench.database.db, "user", address);
  for (const plain of ["olga@bücher.example", "Olga@XN--bcher-kva.example"])
    expect(await owner(plain), plain).toEqual({ tenantId, principalId });
  const others = ["/x", "/x.evil.test", "%2e", ":25", "."].map((end) => `olga@bücher.example${end}`);
  for (const other of [...others, "olga@bücher%2eexample", "olga@bü\u00adcher.example", "olga@ｂücher.example"])
    expect(await owner(other), other).toBeNull();
});

test("R73, R59: an organisation that nobody vetted invites twenty people a day, without a link of its own", async () => {
  const browser = newBrowser();
  const company = "Vinci su premi.example/ora S.r.l.";
  await browser("POST", "sign-up", { ...firm("stranger@firm.example"), company });
  await browser("POST", "sign-up/code", { code: codeOf("stranger@firm.example") });
  expect(await browser("POST", "sign-up/finish", { ...finish, displayName: "Nera, www.premi.example" })).toMatchObject({
    status: 200,
  });
  const invite = (login: string) =>
    browser("POST", "/api/people", { login, displayName: "", language: "it", role: "technician" });
  const statuses = [];
  for (let sent = 0; sent < 22; sent++) statuses.push((await invite(`invited${sent % 20}@else.example`)).status);
  expect(statuses).toEqual([...Array(20).fill(201), 429, 429]);
  expect((await invite("known@firm.example")).body.code, "nor who has an account").toBe("identity.too_many_mails");
  // No day goes by without one, and yet tomorrow's twenty are tomorrow's.
  const { context } = bench.identity;
  const found = await context.db.lookup((tx) => findLogin(tx, "user", "stranger@firm.example"));
  const count = () => countStrangersMail(context, { realm: "user", tenantId: found?.tenantId } as Session);
  for (let eight = 0; eight < 3; eight++) {
    await bench.clock.advance(8 * 3_600_000);
    await count();
  }
  for (let more = 0; more < 10; more++) await count();
  const mail = bench.mails.find(({ to }) => to === "invited0@else.example");
  expect(mail?.values).toMatchObject({ inviter: "Nera, …", tenant: "Vinci su … S.r.l." });
});

test.each([
  { vatNumber: "12345678900", code: "tenancy.vat_number" },
  { login: "not an address", code: "identity.login" },
  { company: "a\nb", code: "tenancy.name" },
])("R73: $code is told before anything is mailed", async ({ code, ...wrong }) => {
  const before = bench.mails.length;
  const reply = await newBrowser()("POST", "sign-up", { ...firm("sound@firm.example"), ...wrong });
  expect(reply).toMatchObject({ status: 422, body: { code } });
  expect(bench.mails.length).toBe(before);
});
