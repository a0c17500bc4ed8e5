import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policySettingsSchema } from "@casaforte/contract/policies";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { systemClock, systemRandom } from "../../apps/agent/src/outside.ts";
import { noise } from "../../apps/agent/src/testing/nasty-tree.ts";
import { type AgentRelease, openAgentRelease } from "../../apps/server/src/agent-release.ts";
import { repository, run } from "../support/product.ts";
import { compareTrees } from "./compare-trees.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const password = "correct horse battery";
const [older, newer] = ["0.1.0", "0.2.0"];
const secrets = { secret: (purpose: string) => createHash("sha256").update(purpose).digest() };
const othersSecrets = { secret: (purpose: string) => createHash("sha256").update(`other ${purpose}`).digest() };

let top = "";
let built = "";
let vault: MemoryVault;
let server: Server;
let origin = "";
/** What the vault gives out under /agent/ now. */
let release: AgentRelease | null = null;
/** The archive stops in its middle, and whoever fetches it is told here. */
let onStall: (() => void) | null = null;
const children: ChildProcess[] = [];

/** One address for both: the product's own signed files, and a vault behind it. */
function answer(incoming: IncomingMessage, reply: ServerResponse): void {
  const path = incoming.url ?? "";
  if (!path.startsWith("/agent/")) {
    const { method, headers } = incoming;
    const passed = request(`${vault.baseUrl}${path}`, { method, headers }, (back) => {
      reply.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(reply);
    });
    passed.on("error", () => reply.destroy());
    reply.on("close", () => passed.destroy());
    incoming.pipe(passed);
    return;
  }
  const file = release?.files.get(path.slice("/agent/".length));
  if (file === undefined) return void reply.writeHead(404).end();
  reply.writeHead(200, { "content-type": file.type, "content-length": file.bytes.length });
  if (onStall === null || !file.isImmutable) return void reply.end(file.bytes);
  reply.write(file.bytes.subarray(0, file.bytes.length >> 1), onStall);
}

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), "agent-versions-"));
  vault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made = await run(process.execPath, [join(repository, "apps/agent/build/release.mjs")]);
  expect(made.code, made.stderr).toBe(0);
  built = made.stdout.trim();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  server.closeAllConnections();
  server.close();
  await vault.close();
  rmSync(top, { recursive: true, force: true });
});

interface Described {
  readonly archives: readonly { readonly name: string }[];
}

/** The packed agent with another version's number in it, packed as the builder does. */
async function packed(version: string): Promise<string> {
  const folder = join(top, `release-${version}`);
  mkdirSync(folder);
  const described = JSON.parse(readFileSync(join(built, "release.json"), "utf8")) as Described;
  const [archive] = described.archives;
  const work = mkdtempSync(join(top, "pack-"));
  expect((await run("tar", ["-xzf", join(built, archive?.name ?? ""), "-C", work])).code).toBe(0);
  const program = join(work, "agent", "casaforte-agent.cjs");
  const text = readFileSync(program, "utf8");
  expect(text.split(`\`${older}\``).length).toBeGreaterThan(1);
  writeFileSync(program, text.replaceAll(`\`${older}\``, `\`${version}\``));
  const name = `casaforte-agent-${version}.tgz`;
  expect((await run("tar", ["-C", work, "-czf", join(folder, name), "agent"])).code).toBe(0);
  const bytes = readFileSync(join(folder, name));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const archives = [{ ...archive, name, sha256, sizeBytes: bytes.length }];
  writeFileSync(join(folder, "release.json"), JSON.stringify({ ...described, version, archives }));
  cpSync(join(built, "install.sh"), join(folder, "install.sh"));
  return folder;
}

const prefix = () => join(top, "prefix");
const launcher = () => join(prefix(), "bin", "casaforte-agent");
const environment = (more: NodeJS.ProcessEnv = {}) => ({ CASAFORTE_AGENT_HOME: join(top, "home"), ...more });
const agent = (...args: readonly string[]) => run(launcher(), args, { env: environment() });

async function install(token: string): Promise<void> {
  const script = join(top, "install.sh");
  writeFileSync(script, release?.files.get("install.sh")?.bytes ?? "");
  const args = ["--key", release?.fingerprint ?? "", "--prefix", prefix(), "--node", process.execPath, "--no-service"];
  const done = await run("sh", [script, ...args, "--token", token, "--name", "Shop"], { env: environment() });
  expect(done.code, done.stderr).toBe(0);
}

/** The daemon as its service starts it. */
function startDaemon(): () => Promise<number | null> {
  const env = { ...process.env, ...environment() };
  const child = spawn(launcher(), ["run", "--json"], { env, stdio: "ignore" });
  children.push(child);
  const ended = new Promise<number | null>((done) => child.once("close", done));
  return () => {
    child.kill("SIGTERM");
    return ended;
  };
}

/** Begins an update and kills it without a warning as soon as it is so far. */
async function killedUpdate(isSoFar: () => boolean): Promise<void> {
  const env = { ...process.env, ...environment() };
  const child = spawn(launcher(), ["update"], { env, stdio: "ignore", detached: true });
  children.push(child);
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  await vi.waitFor(() => expect(isSoFar()).toBe(true), { timeout: 60_000, interval: 2 });
  child.kill("SIGKILL");
  await ended;
}

const version = async () => (await agent("--version")).stdout.trim();
const leftovers = () => readdirSync(prefix()).filter((name) => name.startsWith("update."));

test("a packed agent updates itself to a newer one, refuses what is not its vault's or older, survives being killed, and goes on with its state", async () => {
  const offer = (folder: string, keys = secrets) => {
    release = openAgentRelease(keys, origin, folder);
    expect(release).not.toBeNull();
  };
  const [next, before] = [await packed(newer), await packed("0.0.9")];
  offer(built);
  await install(vault.enrolmentToken(vault.addSpace()));
  const tree = join(top, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "file"), noise(1, 3_000_000));
  const given = { env: environment({ CASAFORTE_PASSWORD: password }) };
  expect((await run(launcher(), ["backup", tree], given)).code).toBe(0);
  expect((await run(launcher(), ["remember"], given)).code).toBe(0);
  const { deviceId } = JSON.parse((await agent("status", "--json")).stdout) as { deviceId: string };
  vault.setPolicy(deviceId, {
    name: "Shops",
    settings: policySettingsSchema.parse({
      sources: [{ kind: "directory", name: "tree", paths: [tree] }],
      schedule: { kind: "manual" },
      retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
      lockDays: null,
      bandwidth: { bytesPerSecond: null, windows: [] },
      hooks: { before: [], after: [] },
      compression: "fast",
      snapshot: "off",
      chain: { incrementsMax: 14, repackBytesMax: 0 },
      verify: null,
      alerts: { onFailure: true, noSuccessDays: 0 },
    }),
  });
  const asked = async (points: number, by: string) => {
    vault.requestRun(deviceId);
    const report = { result: "ok", agentVersion: by };
    await vi.waitFor(() => expect(vault.reports(deviceId)[points - 1]).toMatchObject(report), {
      timeout: 60_000,
      interval: 50,
    });
  };
  const stop = startDaemon();
  await asked(2, older);

  const refused = async (code: string) => {
    const told = await agent("update");
    expect({ code: told.code, text: told.stderr }).toEqual({ code: 1, text: expect.stringContaining(code) });
    expect([await version(), leftovers()]).toEqual([older, []]);
  };
  offer(next, othersSecrets);
  await refused("agent.update_signature");
  offer(before);
  await refused("agent.update_older");

  offer(next);
  let isStalled = false;
  onStall = () => {
    isStalled = true;
  };
  await killedUpdate(() => isStalled);
  onStall = null;
  expect(await version()).toBe(older);
  // While the new one lies there and tries itself.
  await killedUpdate(() => leftovers().some((name) => readdirSync(join(prefix(), name)).includes("agent")));
  expect([older, newer]).toContain(await version());
  // The daemon that runs meanwhile is the old one, and works on.
  await asked(3, older);

  const done = await agent("update", "--json");
  expect(done.code, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({
    result: expect.stringMatching(/^(updated|current)$/),
    offered: newer,
  });
  expect(await version()).toBe(newer);
  await asked(4, older);
  expect(await stop()).toBe(0);
  const stopNew = startDaemon();
  writeFileSync(join(tree, "second"), noise(2, 500_000));
  await asked(5, newer);
  expect(await stopNew()).toBe(0);

  const points = JSON.parse((await agent("points", "--json")).stdout) as { readonly kind: string }[];
  expect(points.map(({ kind }) => kind).sort()).toEqual(["vbk", "vib", "vib", "vib", "vib"]);
  const to = join(top, "restored");
  expect((await run(launcher(), ["restore", "latest", "--to", to], given)).code).toBe(0);
  expect(compareTrees(tree, join(to, tree))).toEqual([]);
  offer(built);
  expect((await agent("update")).stderr).toContain("agent.update_older");
});
