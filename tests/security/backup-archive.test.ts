import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TenantId } from "@casaforte/kernel";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { createVaultClient, type VaultClient } from "@casaforte/vault";
import { unlockKeyring } from "@casaforte/vbk/seal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAgent } from "../../apps/agent/src/testing/agent-process.ts";
import { run } from "../support/product.ts";
import { startWorld, type World } from "./world.test-support.ts";

const password = "una frase lunga e rara 3";
const secret = `bilancio-${randomBytes(9).toString("hex")}`;
const deviceName = "Ufficio: due/uno";

let world: World;
let tenantId: TenantId;
let spaceId: string;
let home: string;
let vault: VaultClient;
let deviceId: string;

/** A full point and an increment of a real agent, over a vault that listens. */
beforeAll(async () => {
  world = await startWorld();
  tenantId = await world.newTenant("Rossi");
  spaceId = await world.newSpace(tenantId);
  home = await mkdtemp(join(tmpdir(), "cf-backup-archive-"));
  const baseUrl = await world.faces.vault.listen({ host: "127.0.0.1", port: 0 });
  const owner = await world.newPerson(tenantId, { role: "owner" });
  const ask = async (url: string, payload: object) => {
    const { cookie } = await world.session(owner);
    const headers = { cookie, origin: "http://localhost", host: "localhost", "sec-fetch-site": "same-origin" };
    const reply = await world.faces.console.inject({ method: "POST", url, headers, payload });
    expect(reply.statusCode, reply.body).toBe(201);
    return reply.json();
  };
  const { token } = await ask("/api/enrolments", { spaceId, kind: "server", name: deviceName });
  const tree = join(home, "dati");
  const agent = async (...args: readonly string[]) => {
    const ended = await runAgent(args, { home: join(home, "agent"), password });
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  };
  await mkdir(tree);
  await writeFile(join(tree, `${secret}.txt`), secret.repeat(5_000));
  await writeFile(join(tree, "rumore"), randomBytes(3_000_000));
  await agent("enroll", "--vault", baseUrl, "--token", token, "--name", "prova");
  await agent("backup", tree);
  await writeFile(join(tree, "altro"), randomBytes(1_200_000));
  await agent("backup", tree);
  ({ deviceId } = JSON.parse(await readFile(join(home, "agent", "enrolment.json"), "utf8")));
  const restore = await ask(`/api/devices/${deviceId}/restore-tokens`, {});
  vault = createVaultClient({ baseUrl, fetch, clock: systemClock, random: systemRandom, token: restore.token });
}, 300_000);
afterAll(async () => {
  await world?.close();
  if (home) await rm(home, { recursive: true, force: true });
});

async function download(of: TenantId, headers: Record<string, string> = {}, role: "owner" | "admin" = "admin") {
  const { cookie } = await world.session(await world.newPerson(of, { role }));
  const url = `/api/exports/backups/${spaceId}`;
  return world.faces.console.inject({ method: "GET", url, headers: { cookie, ...headers } });
}

/** What the vault itself gives an agent that restores, by the path in the archive. */
async function storedFiles(): Promise<Map<string, Buffer>> {
  const stored = new Map<string, Buffer>();
  for await (const { fileId, chainId, fileName } of vault.files()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of vault.readFile(fileId)) pieces.push(piece.slice());
    const folder = `Ufficio: due_uno/${chainId}`;
    stored.set(`${folder}/${fileName}`, Buffer.concat(pieces));
    for (const [name, object] of [
      ["keyring", await vault.keyring(chainId)],
      ["chain.vbm", await vault.vbm(chainId)],
    ] as const)
      if (object) stored.set(`${folder}/${name}`, Buffer.from(object.bytes));
  }
  return stored;
}

test("R62, R63: the archive of a space holds each file of its restore points byte for byte, under names that tell them, for other people's tar", async () => {
  const whole = await download(tenantId);
  expect([whole.statusCode, whole.headers["content-type"]]).toEqual([200, "application/x-tar"]);
  expect(whole.headers["content-disposition"]).toBe('attachment; filename="casaforte-backups.tar"');
  expect(whole.headers["content-length"]).toBe(String(whole.rawPayload.length));
  const [archive, out] = [join(home, "backups.tar"), join(home, "out")];
  await writeFile(archive, whole.rawPayload);
  await mkdir(out);
  const unpacked = await run("tar", ["-xf", archive, "-C", out]);
  expect([unpacked.code, unpacked.stderr]).toEqual([0, ""]);

  const stored = await storedFiles();
  const names = [...stored.keys()];
  expect(names.filter((name) => name.endsWith(".vbk"))).toHaveLength(1);
  expect(names.filter((name) => name.endsWith(".vib"))).toHaveLength(1);
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(found.map((file) => file.slice(out.length + 1)).toSorted()).toEqual(["READ-ME.txt", ...names].toSorted());
  for (const [name, bytes] of stored)
    expect([name, bytes.equals(await readFile(join(out, name)))]).toEqual([name, true]);

  // Sealed as it is stored: its own password opens the keys, and what it was made of is nowhere in clear.
  const keyring = names.find((name) => name.endsWith("/keyring")) ?? "";
  const opened = await unlockKeyring(await readFile(join(out, keyring)), { kind: "password", password });
  expect(opened.material.length).toBeGreaterThan(0);
  expect(whole.rawPayload.includes(secret)).toBe(false);
  expect(await readFile(join(out, "READ-ME.txt"), "utf8")).toContain("formats/vbk/FORMAT.md");
});

test("R62: a cut download of backups goes on with any piece of the same archive, and of another one begins anew", async () => {
  const whole = await download(tenantId);
  const bytes = whole.rawPayload;
  const etag = String(whole.headers["etag"]);
  // Across the head and the data of files, in the middle of a container's parts, and the last byte.
  for (const [first, last] of [
    [0, 0],
    [511, 1_700],
    [1_000_001, 2_500_000],
    [bytes.length - 1, bytes.length - 1],
  ] as const) {
    const piece = await download(tenantId, { range: `bytes=${first}-${last}`, "if-range": etag });
    expect([piece.statusCode, piece.headers["content-range"]]).toEqual([206, `bytes ${first}-${last}/${bytes.length}`]);
    expect(piece.rawPayload.equals(bytes.subarray(first, last + 1)), `${first}-${last}`).toBe(true);
  }
  const rest = await download(tenantId, { range: "bytes=1300000-" });
  expect([rest.statusCode, rest.rawPayload.equals(bytes.subarray(1_300_000))]).toEqual([206, true]);
  const others = await download(tenantId, { range: "bytes=1300000-", "if-range": '"another"' });
  expect([others.statusCode, others.rawPayload.equals(bytes)]).toEqual([200, true]);
  const beyond = await download(tenantId, { range: `bytes=${bytes.length}-` });
  expect([beyond.statusCode, beyond.headers["content-range"]]).toEqual([416, `bytes */${bytes.length}`]);
});

test("R62: another customer asks for that space in vain, and nothing of it is noted as taken", async () => {
  const stranger = await world.newTenant("Verdi");
  const taken = () =>
    world.services.core.db.tenant(stranger, async (tx) => [
      ...(await tx.sql`select 1 from audit_entries where tenant_id = ${stranger} and action = 'departure.export_taken'`),
    ]);
  for (const headers of [{}, { range: "bytes=0-99" }] as Record<string, string>[]) {
    const refused = await download(stranger, headers, "owner");
    expect(refused.statusCode, refused.body).toBe(404);
    expect(refused.rawPayload.includes("READ-ME")).toBe(false);
  }
  expect(await taken()).toEqual([]);
});
