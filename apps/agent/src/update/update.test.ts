import { spawn, spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentManifest } from "@casaforte/contract/agent-release";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { agentVersion } from "../commands/context.ts";
import { exitCodes } from "../exit-codes.ts";
import { AgentHome } from "../state/home.ts";
import { agentProgram } from "../testing/agent-process.ts";
import { createVaultFetch } from "../vault-fetch.ts";
import { endTrial, type InstalledAgent, installedAgent } from "./installed.ts";
import { type UpdateInput, update } from "./update.ts";

const platform = `${process.platform}-${process.arch}`;
const newer = "0.2.0";
let top = "";
let server: Server;
let origin = "";
/** What the vault gives out; a body that is cut is sent in half. */
const files = new Map<string, Buffer>();
let cut = "";
const keys = generateKeyPairSync("ed25519");

const pemOf = (key: KeyObject) => key.export({ format: "pem", type: "spki" }).toString();
const fingerprintOf = (key: KeyObject) =>
  createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex");

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = (request.url ?? "").replace("/agent/", "");
    const body = files.get(name);
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "content-length": body.length });
    if (name !== cut) return response.end(body);
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

beforeEach(() => {
  if (top !== "") rmSync(top, { recursive: true, force: true });
  top = mkdtempSync(join(tmpdir(), "agent-update-"));
  cut = "";
  files.clear();
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** A package whose program says its version, or ends badly as told. */
function pack(version: string, says = version, runs = "process.exit(3)"): Buffer {
  const folder = mkdtempSync(join(top, "pack-"));
  mkdirSync(join(folder, "agent"));
  const program = `if (process.argv[2] === "run") ${runs}; else console.log(${JSON.stringify(says)})`;
  writeFileSync(join(folder, "agent", "casaforte-agent.cjs"), program);
  const made = spawnSync("tar", ["-C", folder, "-czf", join(folder, "agent.tgz"), "agent"]);
  expect(made.status).toBe(0);
  return readFileSync(join(folder, "agent.tgz"));
}

/** Puts a release on the server. */
function offer(
  version: string,
  archive = pack(version),
  privateKey = keys.privateKey,
  change?: (m: AgentManifest) => void,
) {
  const name = `casaforte-agent-${version}-${platform}.tgz`;
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const manifest: AgentManifest = {
    v: 1,
    kind: "casaforte.agent-release",
    version,
    created: "2026-01-01T00:00:00Z",
    nodeMajorMin: 24,
    key: fingerprintOf(keys.publicKey),
    archives: [{ platform, name, sha256, sizeBytes: archive.length }],
  };
  change?.(manifest);
  const text = Buffer.from(JSON.stringify(manifest));
  files.set("manifest.json", text);
  files.set("manifest.json.sig", Buffer.from(sign(null, text, privateKey).toString("base64")));
  files.set("key.pem", Buffer.from(pemOf(keys.publicKey)));
  files.set(name, archive);
  return name;
}

/** Runs the installer as the vault gives it out. */
function install(...args: readonly string[]) {
  const text = readFileSync(new URL("../../build/install.sh", import.meta.url), "utf8");
  const script = join(top, "install.sh");
  writeFileSync(script, text.replaceAll("@ORIGIN@", origin).replaceAll("@NODE@", "24"));
  return new Promise<{ code: number | null; text: string }>((resolve) => {
    const fixed = ["--prefix", prefix(), "--node", process.execPath, "--no-service"];
    const child = spawn("sh", [script, ...fixed, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (piece) => (said += piece));
    child.stderr.on("data", (piece) => (said += piece));
    child.on("close", (code) => resolve({ code, text: said }));
  });
}

const prefix = () => join(top, "prefix");
const current = () => readlinkSync(join(prefix(), "current"));

async function installed(archive = pack(agentVersion)): Promise<InstalledAgent> {
  offer(agentVersion, archive);
  const done = await install("--key", fingerprintOf(keys.publicKey));
  expect(done).toMatchObject({ code: 0, text: expect.stringContaining(`Installed casaforte-agent ${agentVersion}`) });
  const found = installedAgent(join(prefix(), "current", "casaforte-agent.cjs"));
  if (found === null) throw new Error("the installed agent does not know where it is");
  return found;
}

const inputOf = (agent: InstalledAgent, more: Partial<UpdateInput> = {}): UpdateInput => ({
  installed: agent,
  home: new AgentHome(join(top, "home")),
  vaultUrl: origin,
  fetch: createVaultFetch(),
  signal: new AbortController().signal,
  checkOnly: false,
  sparesGivenUp: false,
  ...more,
});

/** Nothing of an update that was refused stays, and the version that was there is started. */
function expectUntouched(): void {
  expect(current()).toBe(`versions/${agentVersion}`);
  expect(readdirSync(join(prefix(), "versions"))).toEqual([agentVersion]);
  expect(readdirSync(prefix()).filter((name) => /^(update|install)\./.test(name))).toEqual([]);
}

test("the installer takes what the key in its line signed, and nothing else", async () => {
  const name = offer(agentVersion);
  const right = fingerprintOf(keys.publicKey);
  const other = generateKeyPairSync("ed25519");
  expect(await install("--key", fingerprintOf(other.publicKey))).toMatchObject({
    code: 1,
    text: expect.stringMatching(/not the one that the console shows/),
  });
  files.set(name, pack(agentVersion, "tampered"));
  expect(await install("--key", right)).toMatchObject({
    code: 1,
    text: expect.stringMatching(/not the one that was signed/),
  });
  offer(agentVersion, pack(agentVersion), other.privateKey);
  expect(await install("--key", right)).toMatchObject({
    code: 1,
    text: expect.stringMatching(/signature .* is wrong/),
  });
  offer(agentVersion);
  cut = name;
  expect((await install("--key", right)).code).toBe(1);
  cut = "";
  const old = join(top, "node-18");
  writeFileSync(old, "#!/bin/sh\necho 18\n");
  chmodSync(old, 0o755);
  expect(await install("--key", right, "--node", old)).toMatchObject({
    code: 1,
    text: expect.stringMatching(/Node 24 or newer is needed/),
  });
  expect(existsSync(join(prefix(), "current"))).toBe(false);
  offer(agentVersion, pack(agentVersion, agentVersion, `console.log(require("node:module").getCompileCacheDir())`));
  expect((await install("--key", right)).code).toBe(0);
  expectUntouched();
  // Compiled code lies in the version's own folder, which belongs to who installed it.
  const compiled = spawnSync(join(prefix(), "bin", "casaforte-agent"), ["run"], { encoding: "utf8" }).stdout;
  expect(compiled).toContain(join(prefix(), "current", "compiled"));
});

test("a newer version is taken as a whole, the one before is kept, and asking alone changes nothing", async () => {
  const agent = await installed();
  expect(await update(inputOf(agent))).toEqual({ result: "current", version: agentVersion, offered: agentVersion });
  offer(newer);
  expect(await update(inputOf(agent, { checkOnly: true }))).toMatchObject({ result: "available", offered: newer });
  expectUntouched();
  expect(await update(inputOf(agent))).toMatchObject({ result: "updated", offered: newer });
  expect(current()).toBe(`versions/${newer}`);
  expect(readdirSync(join(prefix(), "versions")).sort()).toEqual([agentVersion, newer]);
  expect(spawnSync(agent.launcher, ["--version"], { encoding: "utf8" }).stdout).toBe(`${newer}\n`);
});

test("what is installed gives way to nothing older, and the daemon that still runs leaves its trial alone", async () => {
  const agent = await installed();
  offer("0.3.0");
  expect(await update(inputOf(agent))).toMatchObject({ result: "updated" });
  endTrial(agent, agentVersion);
  expect(existsSync(join(prefix(), "trial"))).toBe(true);
  offer(newer);
  await expect(update(inputOf(agent))).rejects.toMatchObject({ code: "agent.update_older" });
  expect(current()).toBe("versions/0.3.0");
  endTrial(agent, "0.3.0");
  expect(existsSync(join(prefix(), "trial"))).toBe(false);
});

test("what is unsigned, signed by another, tampered with, older, cut short or unfit is refused and leaves nothing", async () => {
  const agent = await installed();
  const refused = async (code: string) => {
    await expect(update(inputOf(agent))).rejects.toMatchObject({ code });
    expectUntouched();
  };
  offer(newer, pack(newer), generateKeyPairSync("ed25519").privateKey);
  await refused("agent.update_signature");
  files.set("manifest.json.sig", Buffer.alloc(0));
  await refused("agent.update_signature");
  const name = offer(newer);
  files.set(name, Buffer.concat([pack(newer), Buffer.from("more")]));
  await refused("agent.update_archive");
  files.set(name, pack(newer, "0.2.0 with something"));
  await refused("agent.update_archive");
  offer("0.0.9");
  await refused("agent.update_older");
  cut = offer(newer);
  await refused("vault.unreachable");
  cut = "";
  offer(newer, pack(newer, agentVersion));
  await refused("agent.update_unfit");
  offer(newer, pack(newer), keys.privateKey, (manifest) => Object.assign(manifest, { nodeMajorMin: 99 }));
  await refused("agent.update_platform");
});

test("the launcher asks for large pages beside what its user asks of the C library", async () => {
  const agent = await installed();
  offer(newer, pack(newer, newer, "console.log(process.env.GLIBC_TUNABLES)"));
  await update(inputOf(agent));
  const asked = (env: NodeJS.ProcessEnv) =>
    spawnSync(agent.launcher, ["run"], { encoding: "utf8", env: { PATH: process.env["PATH"], ...env } }).stdout;
  expect(asked({})).toBe("glibc.malloc.hugetlb=1\n");
  expect(asked({ GLIBC_TUNABLES: "glibc.malloc.check=1" })).toBe("glibc.malloc.check=1:glibc.malloc.hugetlb=1\n");
});

test("a new version that does not stay up gives way to the one before, and is not taken again unasked", async () => {
  const agent = await installed();
  offer(newer);
  await update(inputOf(agent));
  for (let start = 1; start <= 3; start++) {
    expect(spawnSync(agent.launcher, ["run"]).status).toBe(3);
    expect(current()).toBe(`versions/${newer}`);
  }
  const back = spawnSync(agent.launcher, ["run"], { encoding: "utf8" });
  expect(back.stderr).toContain(`back to ${agentVersion}`);
  expect(current()).toBe(`versions/${agentVersion}`);
  expect(await update(inputOf(agent, { sparesGivenUp: true }))).toMatchObject({ result: "given_up" });
  expect(await update(inputOf(agent))).toMatchObject({ result: "updated" });
});

test("a new version that says it is used wrongly, or not enrolled, is started again and gives way", async () => {
  const folder = mkdtempSync(join(top, "pack-"));
  cpSync(dirname((await agentProgram()).file), join(folder, "agent"), { recursive: true });
  symlinkSync(
    fileURLToPath(new URL("../../../../node_modules", import.meta.url)),
    join(folder, "agent", "node_modules"),
  );
  expect(spawnSync("tar", ["-C", folder, "-czf", join(folder, "agent.tgz"), "agent"]).status).toBe(0);
  const agent = await installed(readFileSync(join(folder, "agent.tgz")));
  const env = { PATH: process.env["PATH"], CASAFORTE_AGENT_HOME: join(top, "not-enrolled") };
  const ends = (...args: string[]) => spawnSync(agent.launcher, ["run", ...args], { env }).status;
  expect([ends(), ends("--no-such")]).toEqual([exitCodes.notEnrolled, exitCodes.usage]);
  mkdirSync(join(prefix(), "versions", "0.0.9"));
  writeFileSync(join(prefix(), "trial"), "0.0.9\n");
  expect([ends(), ends("--no-such"), ends()]).toEqual([exitCodes.failed, exitCodes.failed, exitCodes.failed]);
  ends();
  expect(current()).toBe("versions/0.0.9");
});

test.each(["", "\n", "started\n"])(
  "a new version gives way too where the machine lost what was noted of the one before: %j",
  async (left) => {
    const agent = await installed();
    offer(newer);
    await update(inputOf(agent));
    writeFileSync(join(prefix(), "trial"), left);
    for (let start = 1; start <= 5 && current() === `versions/${newer}`; start++) spawnSync(agent.launcher, ["run"]);
    if (current() === `versions/${newer}`) spawnSync(agent.launcher, ["run"]);
    expect(current()).toBe(`versions/${agentVersion}`);
    expect(existsSync(join(prefix(), "trial"))).toBe(false);
  },
);
