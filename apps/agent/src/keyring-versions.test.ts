import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { createKeyring } from "@casaforte/vbk/seal";
import { afterEach, expect, test, vi } from "vitest";
import { systemClock, systemRandom } from "./outside.ts";
import { AgentHome } from "./state/home.ts";
import { runAgent } from "./testing/agent-process.ts";
import { connectVault } from "./vault-session.ts";

const password = "correct horse battery";
const newPassword = "Another horse, another stable 9";
const cleanups: (() => unknown)[] = [];

// Each test starts the program several times: seconds on a free machine, a minute on one that runs everything at once.
vi.setConfig({ testTimeout: 300_000 });

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A machine with a point and a keyring of two versions, and what its token lets anybody do to them. */
async function startBench() {
  const top = mkdtempSync(join(tmpdir(), "agent-keyrings-"));
  cleanups.push(() => rmSync(top, { recursive: true, force: true }));
  /** Requests that send something. */
  const sent: string[] = [];
  const vault = await startMemoryVault({
    clock: systemClock,
    random: systemRandom,
    fate({ method, path }) {
      if (method !== "GET") sent.push(`${method} ${path.replace(/[0-9a-f-]{36}/g, "ID")}`);
      return "pass";
    },
  });
  cleanups.push(() => vault.close());
  const [tree, home] = [join(top, "tree"), join(top, "home")];
  mkdirSync(tree);
  writeFileSync(join(tree, "file"), "what was saved");
  const token = vault.enrolmentToken(vault.addSpace());
  const agent = (args: readonly string[], given = password) => runAgent(args, { home, password: given, newPassword });
  expect(await agent(["enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Bench"])).toMatchObject({
    code: 0,
  });
  expect(await agent(["backup", tree])).toMatchObject({ code: 0, stderr: "" });
  sent.splice(0);
  expect(await agent(["password", "change"])).toMatchObject({ code: 0, stderr: "" });
  expect(sent, "all that a change of the password sends").toEqual(["PUT /vault/v1/chains/ID/keyring"]);
  const { vaultUrl, deviceToken, deviceId, chainId } = new AgentHome(home).enrolment();
  const thief = connectVault({ vaultUrl, token: deviceToken });
  const restore = (more: readonly string[], given: string) => {
    const to = join(top, `to-${cleanups.push(() => undefined)}`);
    return { to: join(to, tree, "file"), run: agent(["restore", "latest", "--to", to, ...more], given) };
  };
  return { vault, agent, tree, thief, chainId, deviceId, restore };
}

test("R30, R56: a keyring put over the right one opens nothing by itself, and every point opens with the version before it", async () => {
  const { agent, tree, thief, chainId, restore } = await startBench();
  await thief.putKeyring(chainId, new Uint8Array([1, 2, 3]), 2);
  const refused = await restore([], newPassword).run;
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("seal.keyring_damaged");
  expect(refused.stderr).toContain("--keyring-version");
  // One that is whole, under a password of the thief's.
  const strange = await createKeyring(
    { chainId, password: "thief" },
    { random: systemRandom, nowMs: systemClock.nowMs() },
  );
  strange.storageKey.destroy();
  await thief.putKeyring(chainId, new Uint8Array(strange.keyring), 3);
  const wrong = await restore([], newPassword).run;
  expect(wrong.code).toBe(4);
  expect(wrong.stderr).toContain("this is version 4 of the keyring");
  // The thief's password opens their keyring, and no byte of the chain.
  expect((await restore([], "thief").run).code).not.toBe(0);

  const listed = JSON.parse((await agent(["keyrings", "--json"])).stdout);
  expect(listed.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4]);
  expect(Date.parse(listed[1].storedAt)).toBeGreaterThan(Date.parse(listed[0].storedAt));
  const opened = restore(["--keyring-version", "2"], newPassword);
  expect(await opened.run).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(opened.to, "utf8")).toBe("what was saved");
  // Each version opens with the password of its time and with no other.
  expect((await restore(["--keyring-version", "2"], password).run).code).toBe(4);
  expect((await restore(["--keyring-version", "1"], password).run).code).toBe(0);
  const none = await restore(["--keyring-version", "9"], password).run;
  expect(none.stderr).toContain("agent.keyring_version");
  expect((await restore(["--keyring-version", "0"], password).run).code).toBe(2);

  expect((await agent(["backup", tree], newPassword)).code).toBe(4);
  expect(await agent(["password", "change", "--keyring-version", "2"], newPassword)).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect((await thief.chain(chainId)).keyringVersion).toBe(5);
  expect(await agent(["backup", tree], newPassword)).toMatchObject({ code: 0, stderr: "" });
});

test("R30: on another machine a restore token is enough to list and choose the version", async () => {
  const { vault, thief, chainId, deviceId, restore } = await startBench();
  await thief.putKeyring(chainId, new Uint8Array([1, 2, 3]), 2);
  const elsewhere = ["--vault", vault.baseUrl, "--token", vault.restoreToken(deviceId)];
  const home = mkdtempSync(join(tmpdir(), "agent-elsewhere-"));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  const run = await runAgent(["keyrings", ...elsewhere], { home });
  expect(run.stdout.trim().split("\n")).toHaveLength(3);
  const opened = restore([...elsewhere, "--keyring-version", "2"], newPassword);
  expect(await opened.run).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(opened.to, "utf8")).toBe("what was saved");
});
