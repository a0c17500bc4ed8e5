import type { Actor } from "@casaforte/kernel";
import { foundTenant, vetTenant } from "@casaforte/modules/tenancy";
import { expect, test } from "vitest";
import { app, bed, call, events, hashing, stranger } from "./http.test-support.ts";
import { mailboxLimits } from "./limits.ts";

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
