import type { PrincipalId } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { bed, call, caller, events, tenantId } from "./http.test-support.ts";

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
  caller.acting = { principalId: tenantId as string as PrincipalId, roles: ["support"], grantId: "a grant" };
  expect((await call("GET", url)).body).toMatchObject({ access: null });
  expect((await call("GET", "/api/mail-accounts?search=life")).body).toMatchObject({ accounts: [{ access: null }] });
  caller.acting = undefined;
  expect((await call("POST", `${url}/password`, { password: "another long one" })).status).toBe(200);
  expect((await call("POST", `${url}/disconnect`, { factors: false })).status).toBe(200);
  expect((await call("POST", `${url}/disconnect`, { factors: true }, "other")).status).toBe(404);
  expect((await call("POST", `${url}/purge`)).status).toBe(404);
  expect((await call("DELETE", url)).status).toBe(200);
  expect((await call("GET", "/api/mail-accounts?search=life")).body).toMatchObject({ total: 0, accounts: [] });
  expect((await call("POST", `${url}/restore`)).body).toMatchObject({ state: "active" });
  await call("DELETE", url);
  caller.isFresh = false;
  expect((await call("POST", `${url}/purge`)).status).toBe(403);
  caller.isFresh = true;
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
    caller.isFresh = false;
    expect((await end(true)).status).toBe(403);
    expect((await end(false)).status).toBe(200);
    caller.isFresh = true;
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
