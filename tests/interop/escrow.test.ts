import { createHash } from "node:crypto";
import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { openDb } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { keyCheckOf, lateEscrow, readEscrow } from "../../apps/server/src/escrow.ts";
import { run } from "../support/product.ts";
import { Installation } from "./installation.test-support.ts";

/** Each try is a program's start; on a busy machine that takes seconds. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const dayMs = 86_400_000;
let house: Installation;
let config: string;
const at = (name: string) => join(house.directory, name);
const metrics = (yaml: string) => `${yaml}metrics: { tokenFile: metrics.token }\n`;

beforeAll(async () => {
  house = await Installation.prepare();
  await house.initDatabase("prova");
  await writeFile(at("metrics.token"), "a-token-of-the-scraper\n", { mode: 0o600 });
  config = await house.writeConfig("escrow", metrics);
  // The first start makes the provider's own key.
  await (await house.serve(config)).end("SIGTERM");
  await copyFile(at("master.key"), at("copy.key"));
  await chmod(at("copy.key"), 0o600);
});
afterAll(() => house?.dispose());

const check = (name: string, file = config) => house.casaforte("escrow", "check", at(name), "--config", file);

/** A process's own words: neither the key nor a hash of it is among them, in any spelling. */
async function expectNoKey(text: string, name = "master.key"): Promise<void> {
  const key = await readFile(at(name));
  const hashes = ["sha1", "sha256", "sha512", "md5"].map((kind) => createHash(kind).update(key).digest());
  for (const bytes of [key, key.subarray(0, 8), ...hashes])
    for (const spelling of ["hex", "base64", "base64url", "latin1"] as const)
      expect(text).not.toContain(bytes.toString(spelling).replace(/=+$/, ""));
}

test("R98: a copy that nobody looked at in a month is a finding, and is none once it was checked", async () => {
  const before = await house.casaforte("doctor", "--config", config);
  expect(before.stdout).toContain("All well");
  expect(before.stdout).toContain("the escrow copy of key 1 was never checked");
  await house.asSuperuser(
    "update tenancy_tenants set created_at = created_at - interval '31 days' where tenant_id = '00000000-0000-7000-8000-000000000001'",
  );
  const late = await house.casaforte("doctor", "--config", config);
  expect(late.code).toBe(1);
  expect(late.stdout).toMatch(
    /master key 1: the escrow copy of key 1 was never checked\n.*casaforte escrow check FILE/,
  );

  const checked = await check("copy.key");
  expect(checked.code, checked.stderr).toBe(0);
  expect(checked.stdout).toContain("is master key 1 of this installation");
  const after = await house.casaforte("doctor", "--config", config);
  expect(after.code, after.stdout).toBe(0);
  expect(after.stdout).toMatch(
    new RegExp(`the escrow copy of key 1 was last checked today by .*${userInfo().username}\\.`),
  );
  const noted = await house.asSuperuser(
    "select object_id, details, actor_kind from audit_entries where action = 'keys.escrow_checked'",
  );
  const key = await readFile(at("master.key"));
  expect(noted).toEqual([
    {
      object_id: "1",
      actor_kind: "system",
      details: { value: keyCheckOf({ id: 1, key }).value, by: expect.stringContaining(userInfo().username) },
    },
  ]);
  await expectNoKey(checked.stdout + checked.stderr + after.stdout + JSON.stringify(noted));
});

test("R98: what is no copy is refused with what to do next, and is not noted", async () => {
  await writeFile(at("text.key"), (await readFile(at("master.key"))).toString("base64"), { mode: 0o600 });
  await copyFile(at("master.key"), at("open.key"));
  await chmod(at("open.key"), 0o640);
  await house.casaforte("make-key", at("foreign.key"));
  const count = "select count(*)::int as count from audit_entries where action = 'keys.escrow_checked'";
  const [noted] = await house.asSuperuser(count);
  for (const [name, words] of [
    ["text.key", /has 44 bytes and a master key has 32: .*base64 --decode/],
    ["open.key", /can be read by others: chmod 600 .*open\.key/],
    ["foreign.key", /is no master key of this installation, whose keys are 1: fetch the other copy/],
    ["absent.key", /absent\.key cannot be read/],
    ["master.key", /is the key that this installation uses, not its copy: fetch the copy/],
  ] as const) {
    const refused = await check(name);
    expect(refused.code, name).toBe(1);
    expect(refused.stderr).toMatch(words);
    expect(refused.stderr).not.toMatch(/^\s+at /m);
    await expectNoKey(refused.stdout + refused.stderr);
  }
  await expectNoKey((await check("foreign.key")).stderr, "foreign.key");
  expect(await house.asSuperuser(count)).toEqual([noted]);
});

test("R98: a new key counts as never checked under any number, and one that left is still known", async () => {
  await house.casaforte("make-key", at("master-2.key"));
  const both = await house.writeConfig("both", (yaml) =>
    metrics(yaml).replace(
      "[{ id: 1, file: master.key }]",
      "[{ id: 2, file: master-2.key }, { id: 1, file: master.key }]",
    ),
  );
  const unchecked = await house.casaforte("doctor", "--config", both, "--json");
  expect(JSON.parse(unchecked.stdout)).toMatchObject({
    findings: [{ where: "master key 2", what: "the escrow copy of key 2 was never checked" }],
    escrow: ["the escrow copy of key 2 was never checked", expect.stringContaining("key 1 was last checked today")],
  });
  const served = await house.serve(both);
  const told = await run("curl", [
    ...["-sS", "--cacert", house.certificate, "-H", "authorization: Bearer a-token-of-the-scraper"],
    `https://localhost:${house.ports.operator}/metrics`,
  ]);
  for (const line of ['late{key="2"} 1', 'late{key="1"} 0'])
    expect(told.stdout.split("\n")).toContain(`casaforte_escrow_${line}`);
  expect(told.stdout).toMatch(/^casaforte_escrow_checked_seconds\{key="1"\} \d+$/m);
  expect(told.stdout).not.toMatch(/escrow_checked_seconds\{key="2"\}/);
  expect(await served.end("SIGTERM")).toBe(0);

  await house.casaforte("rewrap-keys", "--config", both);
  const newest = await house.writeConfig("newest", (yaml) =>
    metrics(yaml).replace("file: master.key", "file: master-2.key"),
  );
  // The number that the first key had, with another key: its check does not count for this one.
  expect((await check("copy.key", newest)).stdout).toContain("is master key 1, which left the configuration");
  const { DATABASE_URL: appUrl = "", DATABASE_OPERATOR_URL: operatorUrl = "" } = house.urls;
  const db = openDb({ appUrl, operatorUrl, logger: new MemoryLogger() });
  try {
    const [first, second] = [await readFile(at("master.key")), await readFile(at("master-2.key"))];
    const standing = (key: Uint8Array, nowMs: number) =>
      db.operator((tx) => readEscrow(tx, [keyCheckOf({ id: 1, key })], nowMs), { readOnly: true });
    expect(await standing(second, Date.now())).toMatchObject([{ keyId: 1, checkedAt: null, isLate: true }]);
    expect(await standing(first, Date.now() + 399 * dayMs)).toMatchObject([{ isLate: false }]);
    const late = await standing(first, Date.now() + 401 * dayMs);
    expect(late).toMatchObject([{ isLate: true }]);
    expect(lateEscrow(late)).toEqual([{ keyId: 1, checkedAt: late[0]?.checkedAt?.toISOString() }]);
  } finally {
    await db.close();
  }
});
