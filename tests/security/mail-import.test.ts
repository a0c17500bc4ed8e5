import {
  type Actor,
  type DomainId,
  type MailAccountId,
  newId,
  type PrincipalId,
  type TenantId,
} from "@casaforte/kernel";
import { closeDomain, setAliasDomain } from "@casaforte/modules/domains";
import { createPrincipal } from "@casaforte/modules/identity";
import { createMailAccount, registerMailAccountRoutes } from "@casaforte/modules/mailbox";
import type { Db, TenantTx } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailAccountHooks } from "../../apps/server/src/mail-account-hooks.ts";
import { startWorld, type World } from "./world.test-support.ts";

const system: Actor = { kind: "system", name: "test" };
let world: World;
let tenantId: TenantId;
let app: Face;
/** What the import asked the database for. */
const asked = { transactions: 0, statements: 0 };

beforeAll(async () => {
  world = await startWorld();
  const { services } = world;
  const { clock, random, db } = services.core;
  tenantId = await world.newTenant("Alfa");
  const owner = await world.newPerson(tenantId, { role: "owner" });
  await world.newDomain(tenantId, "alfa.test");
  app = createFace({ name: "console", logger: world.logger, clock, random, contentSecurityPolicy: "console" });
  registerMailAccountRoutes(app, {
    ...services.mailbox,
    db: counted(db),
    hooks: mailAccountHooks(services),
    authorise: async () => ({
      ...{ kind: "user", tenantId, principalId: owner.principalId, role: "owner", ip: "192.0.2.1" },
    }),
    assertFresh: async () => {},
  });
  await app.ready();
}, 120_000);
afterAll(async () => {
  await app?.close();
  await world?.close();
});

/** The database, counting the transactions of tenants and the statements in them. */
function counted(db: Db): Db {
  const watched = (sql: TenantTx["sql"]) =>
    new Proxy(sql, {
      apply(target, self, args) {
        asked.statements++;
        return Reflect.apply(target, self, args);
      },
    });
  return {
    ...db,
    tenant(id, work, options) {
      asked.transactions++;
      return db.tenant(id, (tx) => work({ ...tx, sql: watched(tx.sql) }), options);
    },
  };
}

interface Reply {
  readonly rows: readonly {
    readonly line: number;
    readonly outcome: string;
    readonly code: string | null;
    readonly awaitsPassword: boolean;
    readonly invitation: { readonly link: string } | null;
  }[];
}
interface Row {
  readonly line: number;
  readonly address: string;
  readonly displayName: string;
  readonly quotaBytes: number | null;
  readonly password: string;
}
const row = (line: number, address: string, more: Partial<Row> = {}): Row => ({
  ...{ line, address, displayName: "", quotaBytes: null, password: "" },
  ...more,
});
async function send(mode: "preview" | "apply", rows: readonly Row[]) {
  Object.assign(asked, { transactions: 0, statements: 0 });
  const startedMs = performance.now();
  const headers = { host: "console.test", origin: "http://console.test", "sec-fetch-site": "same-origin" };
  const payload = { mode, rows };
  const reply = await app.inject({ method: "POST", url: "/api/mail-accounts/import", headers, payload });
  expect(reply.statusCode).toBe(200);
  const tookMs = Math.round(performance.now() - startedMs);
  const { transactions, statements } = asked;
  process.stdout.write(
    `${mode} of ${rows.length}: ${tookMs} ms, ${transactions} transactions, ${statements} statements\n`,
  );
  return { rows: reply.json<Reply>().rows, ...asked };
}

test("R12: what a preview says of each row is what creating it does, whoever's rule speaks against it", async () => {
  const { clock, random, db } = world.services.core;
  const other = await world.newTenant("Beta");
  const box = await world.newMailAccount(tenantId, "alfa.test");
  const main = await world.newDomain(tenantId, "main.test");
  const aliased = await world.newDomain(tenantId, "also.test");
  const shut = await world.newDomain(tenantId, "shut.test");
  await db.tenant(tenantId, async (tx) => {
    await setAliasDomain(tx, system, { domainId: aliased as DomainId, aliasOf: main as DomainId });
    await closeDomain(tx, system, { domainId: shut as DomainId, at: new Date(clock.nowMs()) });
  });
  await world.newAlias(tenantId, "alfa.test", box.principalId);
  await world.newDeletedMailAccount(tenantId, "alfa.test");
  const [alias, deleted] = await db.tenant(tenantId, (tx) =>
    Promise.all([
      tx.sql<{ address: string }[]>`
        select local_part || '@alfa.test' as address from domains_addresses where kind = 'alias'`,
      tx.sql<{ address: string }[]>`select address from mailbox_accounts where state = 'deleted'`,
    ]),
  );
  await db.tenant(other, async (tx) => {
    const input = { address: "taken@alfa.test", quotaBytes: null };
    await createMailAccount(tx, system, input, world.services.mailbox);
    await createPrincipal(tx, system, {
      ...{ id: newId<PrincipalId>(clock, random), realm: "mail", login: "login@alfa.test", displayName: "" },
      ...{ language: "it", status: "invited", passwordHash: null, nowMs: clock.nowMs() },
    });
  });
  const password = "una lunga frase per la prova";
  const rows = [
    row(2, "Nuova@alfa.test"),
    row(3, "no address"),
    row(4, "a..b@alfa.test"),
    row(5, "a+b@alfa.test"),
    row(6, "a@nowhere.test"),
    row(7, "a@also.test"),
    row(8, "a@shut.test"),
    row(9, alias[0]?.address ?? ""),
    row(10, "taken@alfa.test"),
    row(11, "login@alfa.test"),
    row(12, deleted[0]?.address ?? ""),
    row(13, "weak@alfa.test", { password: "short" }),
    row(14, "long@alfa.test", { displayName: "x".repeat(300) }),
    row(15, "big@alfa.test", { quotaBytes: -1 }),
    row(16, box.login),
    row(17, "chosen@alfa.test", { password }),
  ];
  const said = (of: Awaited<ReturnType<typeof send>>) =>
    of.rows.map(({ line, outcome, code }) => `${line} ${outcome}${code === null ? "" : ` ${code}`}`);
  const preview = said(await send("preview", rows));
  expect(preview).toEqual([
    "2 ready",
    "3 wrong mailbox.address",
    "4 wrong domains.address",
    "5 wrong domains.plus",
    "6 wrong domains.missing",
    "7 wrong domains.is_alias",
    "8 wrong domains.closed",
    "9 wrong domains.address_taken",
    "10 wrong mailbox.address_taken",
    "11 wrong identity.login_taken",
    "12 wrong identity.login_taken",
    "13 wrong identity.password_short",
    "14 wrong mailbox.display_name",
    "15 wrong mailbox.quota",
    "16 exists",
    "17 ready",
  ]);
  // The rules of writing themselves, one row after the other, without a judgement before.
  const hooks = mailAccountHooks(world.services);
  const written: string[] = [];
  for (const { line, address, displayName, quotaBytes } of rows.filter((one) => one.password === "")) {
    const id = newId<MailAccountId>(clock, random);
    const input = { accountId: id, address, displayName, quotaBytes: quotaBytes === null ? null : BigInt(quotaBytes) };
    const outcome = await db
      .tenant(tenantId, async (tx) => {
        const account = await createMailAccount(tx, system, input, world.services.mailbox);
        await hooks.created(tx, system, { account, passwordHash: null });
        throw new Error("taken back");
      })
      .catch((error: { code?: string }) => error.code ?? "ready");
    written.push(`${line} ${outcome}`);
  }
  const shortly = preview.map((line) => line.replace("wrong ", "").replace("16 exists", "16 mailbox.address_taken"));
  expect(written).toEqual(shortly.filter((line) => !/^(13|17) /.test(line)));
  const applied = await send("apply", rows);
  expect(said(applied)).toEqual(preview.map((line) => line.replace("ready", "created")));
  expect(applied.rows[0]?.invitation?.link).toMatch(/^http:\/\/localhost\/accept-invitation#\S{40,}$/);
  expect(applied.rows.filter(({ invitation }) => invitation !== null)).toHaveLength(1);
  const login = { address: "chosen@alfa.test", password, protocol: "imap", ip: "192.0.2.1" } as const;
  expect(await world.services.identity.verifyMailLogin(login)).toMatchObject({ tenantId });
});

test("R12: a preview takes one transaction and as many statements for 250 rows as for ten; creating, a transaction a row", async () => {
  const some = (name: string, count: number) =>
    Array.from({ length: count }, (_, n) => row(n + 2, `${name}${n}@alfa.test`));
  const few = await send("preview", some("few", 10));
  const many = await send("preview", some("many", 250));
  expect(many.rows.every(({ outcome }) => outcome === "ready")).toBe(true);
  expect(few.statements).toBeGreaterThan(0);
  expect([many.transactions, many.statements]).toEqual([1, few.statements]);
  const created = await send("apply", some("few", 10));
  expect(created.rows.every(({ outcome }) => outcome === "created")).toBe(true);
  expect(created.transactions).toBe(11);
  // What is there is passed over where the file has a password, whatever it is.
  const again = await send(
    "apply",
    some("few", 10).map((one) => ({ ...one, password: "short" })),
  );
  expect([again.transactions, again.statements]).toEqual([1, few.statements]);
});

test("R12, R75: a file taken up again gives a new link for each who has no password yet, and only for them", async () => {
  const { identity } = world.services;
  const password = "una lunga frase per la prova";
  const names = ["accepted", "pending", "waiting", "given"];
  const file = names.map((name, at) =>
    row(at + 2, `${name}@alfa.test`, { password: name === "given" ? password : "" }),
  );
  const first = await send("apply", file);
  expect(first.rows.map(({ outcome }) => outcome)).toEqual(names.map(() => "created"));
  const tokens = (of: typeof first) => of.rows.map(({ invitation }) => invitation?.link.split("#")[1] ?? null);
  const [accepted, ...early] = tokens(first);
  await identity.acceptInvitation({
    ...{ realm: "mail", token: accepted ?? "", password, displayName: "Anna", language: "it" },
    ...{ ip: "192.0.2.1", userAgent: "test", deviceCookie: null },
  });
  const state = (of: typeof first) =>
    of.rows.map(({ outcome, awaitsPassword }) => `${outcome}${awaitsPassword ? " without a password" : ""}`);
  const isOpen = (token: string | null | undefined) =>
    identity.readInvitation({ realm: "mail", token: token ?? "" }).then(
      () => true,
      () => false,
    );
  const there = ["exists", "exists without a password", "exists without a password", "exists"];
  const preview = await send("preview", file);
  expect(state(preview)).toEqual(there);
  expect(preview.transactions).toBe(1);
  // A look at the file ends no link.
  expect(tokens(preview)).toEqual([null, null, null, null]);
  expect(await Promise.all(early.map(isOpen))).toEqual([true, true, false]);
  // Who is in the file twice has the one link that works; a password in the file changes nothing.
  const twice = row(9, "PENDING@alfa.test");
  const chosen = row(10, "waiting@alfa.test", { password });
  const again = await send("apply", [...file, twice, chosen]);
  expect(state(again)).toEqual([...there, "exists without a password", "exists without a password"]);
  const late = tokens(again);
  expect(late.map((token) => token !== null)).toEqual([false, true, true, false, false, false]);
  expect(await Promise.all(late.map(isOpen))).toEqual([false, true, true, false, false, false]);
  expect(await Promise.all(early.map(isOpen))).toEqual([false, false, false]);
  // Of a row with a password alone no link is made, and none ends.
  expect(tokens(await send("apply", [row(11, "pending@alfa.test", { password })]))).toEqual([null]);
  expect(await isOpen(late[1])).toBe(true);
  for (const name of ["accepted", "given"]) {
    const login = { address: `${name}@alfa.test`, password, protocol: "imap", ip: "192.0.2.1" } as const;
    expect(await identity.verifyMailLogin(login)).toMatchObject({ tenantId });
  }
  // Made by the very part that is sent twice: one answer has the link that works.
  const both = await send("apply", [row(2, "double@alfa.test"), row(3, "double@alfa.test")]);
  expect(state(both)).toEqual(["created without a password", "exists without a password"]);
  expect(await Promise.all(tokens(both).map(isOpen))).toEqual([true, false]);
});
