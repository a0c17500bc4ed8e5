import { type Actor, Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { foundTenant, vetTenant } from "@casaforte/modules/tenancy";
import { createFace, type Face } from "@casaforte/platform/http";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerMailAccountRoutes } from "./http.ts";
import { mailboxLimits } from "./limits.ts";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
let other: TenantId;
/** One that signed itself up. */
let stranger: TenantId;
let app: Face;
const events: string[] = [];
const hashing = { now: 0, most: 0 };
let isFresh = true;
/** An operator whom the customer let in, when there is one. */
let acting: Extract<Actor, { kind: "user" }>["acting"];

beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
  other = await bed.newTenant();
  stranger = newId<TenantId>(bed.clock, bed.services.random);
  app = createFace({
    name: "console",
    logger: new MemoryLogger(),
    clock: bed.clock,
    random: bed.services.random,
    contentSecurityPolicy: "console",
  });
  const note = (event: string) => async () => void events.push(event);
  registerMailAccountRoutes(app, {
    ...bed.services,
    hooks: {
      checkPassword({ password }) {
        if (password.length < 12) throw new Failure("invalid", "identity.password_short", "too short");
      },
      async preparePassword({ password }) {
        this.checkPassword({ password, words: [] });
        hashing.most = Math.max(hashing.most, ++hashing.now);
        await new Promise(setImmediate);
        hashing.now--;
        return `hash of ${password}`;
      },
      refused: async (_tx, addresses) =>
        addresses.map((address) =>
          address.endsWith("@elsewhere.example") ? new Failure("not_found", "domains.missing", "none") : null,
        ),
      access: async (_tx, ids) =>
        new Map(
          ids.map((id) => [
            id,
            { lastAt: new Date(0), hasPassword: true, hasSecondFactor: true, appPasswords: 2, connectedPrograms: 1 },
          ]),
        ),
      async created(_tx, _actor, { account, passwordHash }) {
        if (account.address.endsWith("@elsewhere.example")) throw new Failure("not_found", "domains.missing", "none");
        events.push(`created ${passwordHash}`);
      },
      async invited(_tx, _actor, { account }) {
        events.push(`invited ${account.address}`);
        return { link: "https://mail.test/accept-invitation#secret", expiresAt: new Date(0) };
      },
      updated: note("updated"),
      deleted: note("deleted"),
      restored: note("restored"),
      purged: note("purged"),
      async disconnected(_tx, _actor, { factors }) {
        events.push(factors ? "disconnected with factors" : "disconnected");
      },
      async passwordReset(_tx, _actor, { factors }) {
        events.push(factors ? "passwordReset with factors" : "passwordReset");
      },
    },
    authorise: async (request) => {
      const headers = (request as { headers: Record<string, string> }).headers;
      const role = headers["x-role"] ?? "none";
      if (role === "none") throw new Failure("unauthenticated", "identity.no_session", "sign in");
      const actor: Actor = {
        kind: "user",
        tenantId: role === "stranger" ? stranger : role === "other" ? other : tenantId,
        principalId: tenantId as string as PrincipalId,
        role: "admin",
        ip: "192.0.2.1",
        ...(acting && { acting }),
      };
      return actor as Extract<Actor, { kind: "user" }>;
    },
    assertFresh: async () => {
      if (!isFresh) throw new Failure("forbidden", "identity.reauthentication_required", "prove it again");
    },
  });
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await bed?.close();
});

type Method = "GET" | "POST" | "PATCH" | "DELETE";
async function call(method: Method, url: string, body?: object, role = "mine") {
  const headers = {
    host: "console.test",
    origin: "http://console.test",
    "sec-fetch-site": "same-origin",
    "x-role": role,
  };
  const reply = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
}

test("an account's life: opened, changed, closed, called back, removed", async () => {
  const made = await call("POST", "/api/mail-accounts", {
    address: "Life@Casa.example",
    quotaBytes: 1000,
    password: "a long password",
  });
  expect(made).toMatchObject({
    status: 201,
    body: { address: "life@casa.example", quotaBytes: 1000, state: "active" },
  });
  const url = `/api/mail-accounts/${made.body["id"]}`;
  const changed = await call("PATCH", url, { quotaBytes: null, protocols: { pop3: false } });
  expect(changed.body).toMatchObject({ quotaBytes: null, protocols: { pop3: false, imap: true } });
  const access = {
    lastAt: new Date(0).toISOString(),
    hasPassword: true,
    hasSecondFactor: true,
    appPasswords: 2,
    connectedPrograms: 1,
  };
  expect((await call("GET", url)).body).toMatchObject({ access });
  expect((await call("GET", "/api/mail-accounts?search=life")).body).toMatchObject({
    total: 1,
    usedBytes: 0,
    accounts: [{ access }],
  });
  acting = { principalId: tenantId as string as PrincipalId, roles: ["support"], grantId: "a grant" };
  expect((await call("GET", url)).body).toMatchObject({ access: null });
  expect((await call("GET", "/api/mail-accounts?search=life")).body).toMatchObject({ accounts: [{ access: null }] });
  acting = undefined;
  expect((await call("POST", `${url}/password`, { password: "another long one" })).status).toBe(200);
  expect((await call("POST", `${url}/disconnect`, { factors: false })).status).toBe(200);
  expect((await call("POST", `${url}/disconnect`, { factors: true }, "other")).status).toBe(404);
  expect((await call("POST", `${url}/purge`)).status).toBe(404);
  expect((await call("DELETE", url)).status).toBe(200);
  expect((await call("GET", "/api/mail-accounts?search=life")).body).toMatchObject({ total: 0, accounts: [] });
  expect((await call("POST", `${url}/restore`)).body).toMatchObject({ state: "active" });
  await call("DELETE", url);
  isFresh = false;
  expect((await call("POST", `${url}/purge`)).status).toBe(403);
  isFresh = true;
  expect((await call("POST", `${url}/purge`)).status).toBe(200);
  expect((await call("GET", url)).status).toBe(404);
  expect(events).toEqual([
    "created hash of a long password",
    "updated",
    "passwordReset",
    "disconnected",
    "deleted",
    "restored",
    "deleted",
    "purged",
  ]);
});

test("R13: a mailbox's second factors are taken away by an administrator who proved just now who it is, and by nobody else", async () => {
  const { id } = await bed.newAccount(tenantId);
  const before = events.length;
  const password = "another long one";
  for (const act of ["disconnect", "password"]) {
    const end = (factors: boolean) =>
      call("POST", `/api/mail-accounts/${id}/${act}`, act === "password" ? { password, factors } : { factors });
    isFresh = false;
    expect((await end(true)).status).toBe(403);
    expect((await end(false)).status).toBe(200);
    isFresh = true;
    expect((await end(true)).status).toBe(200);
  }
  expect(events.slice(before)).toEqual([
    "disconnected",
    "disconnected with factors",
    "passwordReset",
    "passwordReset with factors",
  ]);
});

test("an account without a password is opened by the link that its person gets, which a stranger does not make", async () => {
  events.length = 0;
  const made = await call("POST", "/api/mail-accounts", { address: "guest@casa.example", quotaBytes: null });
  expect(made.status).toBe(201);
  const url = `/api/mail-accounts/${made.body["id"]}/invitation`;
  expect((await call("POST", url, undefined, "stranger")).status).toBe(404);
  expect(await call("POST", url)).toEqual({
    status: 200,
    body: { link: "https://mail.test/accept-invitation#secret", expiresAt: new Date(0).toISOString() },
  });
  expect(events).toEqual(["created null", "invited guest@casa.example"]);
});

test("a weak password opens no account", async () => {
  expect(
    (await call("POST", "/api/mail-accounts", { address: "weak@casa.example", quotaBytes: null, password: "short" }))
      .status,
  ).toBe(422);
  expect((await call("GET", "/api/mail-accounts?search=weak@")).body).toMatchObject({ total: 0 });
});

test("an address is taken once in the whole house", async () => {
  const body = { address: "once@casa.example", quotaBytes: null, password: "a long password" };
  expect((await call("POST", "/api/mail-accounts", body)).status).toBe(201);
  expect(await call("POST", "/api/mail-accounts", body, "other")).toMatchObject({
    status: 409,
    body: { code: "mailbox.address_taken" },
  });
});

test("another tenant's account is not there, and nobody's without a session", async () => {
  const made = await call("POST", "/api/mail-accounts", {
    address: "mine@casa.example",
    quotaBytes: null,
    password: "a long password",
  });
  const url = `/api/mail-accounts/${made.body["id"]}`;
  for (const [method, path, body] of [
    ["GET", url],
    ["PATCH", url, { displayName: "x" }],
    ["DELETE", url],
    ["POST", `${url}/restore`],
    ["POST", `${url}/password`, { password: "a long password" }],
  ] as const) {
    expect((await call(method, path, body, "other")).status).toBe(404);
    expect((await call(method, path, body, "none")).status).toBe(401);
  }
});

test("the list is paged in the order of addresses and finds parts of names", async () => {
  for (let number = 0; number < 7; number++)
    await call("POST", "/api/mail-accounts", {
      address: `page${number}@casa.example`,
      displayName: `Person ${number}`,
      quotaBytes: null,
      password: "a long password",
    });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query = `?search=page&limit=3${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = (await call("GET", `/api/mail-accounts${query}`)).body as unknown as {
      accounts: { address: string }[];
      total: number | null;
      next: string | null;
    };
    expect(page.total).toBe(cursor === null ? 7 : null);
    seen.push(...page.accounts.map((account) => account.address));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual(Array.from({ length: 7 }, (_, number) => `page${number}@casa.example`));
  expect((await call("GET", "/api/mail-accounts?search=person%204")).body).toMatchObject({ total: 1 });
});

interface ImportReply {
  readonly rows: readonly { readonly line: number; readonly outcome: string; readonly code: string | null }[];
}
const importRow = (line: number, address: string, more: object = {}) => ({
  line,
  address,
  displayName: `Row ${line}`,
  quotaBytes: null,
  password: "a long password",
  ...more,
});
const shortly = (body: unknown) =>
  (body as ImportReply).rows.map(({ line, outcome, code }) => `${line} ${outcome}${code ? ` ${code}` : ""}`);

test("R12: a file is previewed without a trace, wrong rows stop no other, and sent again it creates nothing twice", async () => {
  const rows = [
    importRow(2, "Import1@casa.example"),
    importRow(3, "no address"),
    importRow(4, "import2@elsewhere.example"),
    importRow(5, "import3@casa.example", { password: "short" }),
    importRow(6, "import1@casa.example"),
    importRow(7, "import4@casa.example", { displayName: "x".repeat(300) }),
    importRow(8, "import5@casa.example", { quotaBytes: 5_000_000_000 }),
  ];
  const wrong = [
    "3 wrong mailbox.address",
    "4 wrong domains.missing",
    "5 wrong identity.password_short",
    "7 wrong mailbox.display_name",
  ];
  const total = async () => (await call("GET", "/api/mail-accounts?search=import")).body["total"];
  const send = (mode: string, role = "mine") => call("POST", "/api/mail-accounts/import", { mode, rows }, role);

  const preview = await send("preview");
  expect(shortly(preview.body)).toEqual(["2 ready", ...wrong.slice(0, 3), "6 ready", wrong[3], "8 ready"]);
  expect(await total()).toBe(0);
  const applied = await send("apply");
  expect(shortly(applied.body)).toEqual(["2 created", ...wrong.slice(0, 3), "6 exists", wrong[3], "8 created"]);
  expect(await total()).toBe(2);
  const again = await send("apply");
  expect(shortly(again.body)).toEqual(["2 exists", ...wrong.slice(0, 3), "6 exists", wrong[3], "8 exists"]);
  expect(await total()).toBe(2);
  // Another organisation learns no more than that the address is taken.
  expect(shortly((await send("preview", "other")).body)[0]).toBe("2 wrong mailbox.address_taken");
  expect((await send("apply", "none")).status).toBe(401);
});

test("R12, R75: of a file's mailboxes those without a password get a link each, the others a password, two hashed at once", async () => {
  events.length = 0;
  hashing.most = 0;
  const rows = Array.from({ length: 7 }, (_, n) =>
    importRow(n + 2, `mixed${n}@casa.example`, { password: n === 3 ? "" : `a long password ${n}` }),
  );
  const { body } = await call("POST", "/api/mail-accounts/import", { mode: "apply", rows });
  const invitation = { link: "https://mail.test/accept-invitation#secret", expiresAt: new Date(0).toISOString() };
  expect(body["rows"]).toEqual(
    rows.map(({ line, address }, n) => ({
      ...{ line, address, outcome: "created", code: null, awaitsPassword: n === 3 },
      invitation: n === 3 ? invitation : null,
    })),
  );
  const made = (n: number) => `created hash of a long password ${n}`;
  const invited = ["created null", "invited mixed3@casa.example"];
  expect(events).toEqual([made(0), made(1), made(2), ...invited, made(4), made(5), made(6)]);
  expect(hashing.most).toBe(2);
});

test("R73: an organisation that nobody vetted opens few accounts, by hand or by file, deleted ones counted and each of a bounded size, until an operator vets it", async () => {
  const { db, clock } = bed;
  const system: Actor = { kind: "system", name: "test" };
  const data = { name: "Sola", country: "IT", vatNumber: "00743110157", language: "it", nowMs: clock.nowMs() } as const;
  await db.tenant(stranger, (tx) => foundTenant(tx, system, data));
  const open = (address: string) =>
    call("POST", "/api/mail-accounts", { address, quotaBytes: null, password: "a long password" }, "stranger");
  const left = await open("sola@sola.example");
  const quotaBytes = Number(mailboxLimits.unvettedQuotaMax);
  // None is without a limit.
  expect(left.body).toMatchObject({ quotaBytes });
  for (let n = 1; n < mailboxLimits.unvettedAccountsMax; n++) await bed.newAccount(stranger);
  expect(await open("more@sola.example")).toMatchObject({ status: 412, body: { code: "mailbox.not_vetted" } });
  const rows = [importRow(2, "more@sola.example")];
  const read = await call("POST", "/api/mail-accounts/import", { mode: "preview", rows }, "stranger");
  expect(shortly(read.body)).toEqual(["2 wrong mailbox.not_vetted"]);
  const url = `/api/mail-accounts/${left.body["id"]}`;
  const enlarge = () => call("PATCH", url, { quotaBytes: quotaBytes + 1 }, "stranger");
  expect(await enlarge()).toMatchObject({ status: 412, body: { code: "mailbox.quota_not_vetted" } });
  expect((await call("PATCH", url, { quotaBytes: null }, "stranger")).body).toMatchObject({ quotaBytes });
  // The mail of a deleted one is still there, so it keeps its place.
  const remove = () => call("DELETE", url, undefined, "stranger");
  expect((await remove()).status).toBe(200);
  expect(await open("more@sola.example")).toMatchObject({ status: 412, body: { code: "mailbox.not_vetted" } });
  expect((await call("POST", `${url}/restore`, undefined, "stranger")).status).toBe(200);
  await db.operator((tx) => vetTenant(tx, system, { tenantId: stranger, nowMs: clock.nowMs() }));
  expect((await enlarge()).status).toBe(200);
  expect((await open("most@sola.example")).status).toBe(201);
});

test("R12: the export is a file that the import takes, and no spreadsheet runs what is in it", async () => {
  await call("PATCH", `/api/mail-accounts/${await idOf("import5@casa.example")}`, { displayName: '=cmd|"x", Anna' });
  const headers = { host: "console.test", "x-role": "mine" };
  const reply = await app.inject({ method: "GET", url: "/api/mail-accounts/export", headers });
  expect(reply.headers["content-type"]).toBe("text/csv; charset=utf-8");
  const lines = reply.body.split("\r\n");
  expect(lines[0]).toBe("address,name,quota_gb,used_bytes,messages,state,created");
  expect(lines.find((line) => line.startsWith("import5@"))).toMatch(
    /^import5@casa\.example,"'=cmd\|""x"", Anna",5,0,0,active,20/,
  );
});

async function idOf(address: string): Promise<string> {
  const { accounts } = (await call("GET", `/api/mail-accounts?search=${address}`)).body as unknown as {
    accounts: { id: string }[];
  };
  return accounts[0]?.id ?? "";
}

test("R13: who shuts IMAP or SMTP and knows of no JMAP shuts it too, and who names it has his way", async () => {
  let opened = 0;
  const make = async (protocols?: object) => {
    const address = `doors${++opened}@casa.example`;
    const made = await call("POST", "/api/mail-accounts", {
      address,
      quotaBytes: 1000,
      password: "a long password",
      protocols,
    });
    return { url: `/api/mail-accounts/${made.body["id"]}`, isOpen: jmapOf(made) };
  };
  const jmapOf = ({ body }: { readonly body: Record<string, unknown> }) =>
    (body["protocols"] as { jmap: boolean }).jmap;
  expect((await make()).isOpen).toBe(true);
  expect((await make({ pop3: false })).isOpen).toBe(true);
  expect((await make({ imap: false, pop3: false, smtp: false })).isOpen).toBe(false);
  expect((await make({ smtp: false })).isOpen).toBe(false);
  expect((await make({ imap: false, jmap: true })).isOpen).toBe(true);

  const change = async (url: string, protocols: object) => jmapOf(await call("PATCH", url, { protocols }));
  for (const shut of [{ imap: false, pop3: false, smtp: false }, { imap: false }, { smtp: false }]) {
    const { url } = await make();
    expect(await change(url, { pop3: false })).toBe(true);
    expect(await change(url, shut)).toBe(false);
    expect(await change(url, { jmap: true })).toBe(true);
    // What is shut already is not shut anew.
    expect(await change(url, shut)).toBe(true);
  }
  expect(await change((await make()).url, { imap: false, jmap: true })).toBe(true);
});
