import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAgent } from "../../apps/agent/src/testing/agent-process.ts";
import { hotp, totpStep } from "../../modules/identity/src/totp.ts";
import { type Endpoints, type HostPort, Product } from "../support/product.ts";
import { BrowserSession } from "./browser-session.test-support.ts";
import { needlesOf, type Secret, scan, secretText } from "./secret-scan.test-support.ts";

let product: Product;
let endpoints: Endpoints;
let directory: string;
const said: Secret[] = [];
/** A secret to be looked for. It is used for real before. */
function canary(
  name: string,
  text = `canary-${name.replaceAll(" ", "-")}-è-${randomBytes(9).toString("base64url")}`,
): string {
  said.push(secretText(name, text));
  return text;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-canary-"));
  product = await Product.prepare();
  endpoints = await product.start("--log-level", "debug");
});
afterAll(async () => {
  await product?.dispose();
  if (directory) await rm(directory, { recursive: true, force: true });
});

function base32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** Says lines over TLS, each after the answer to the one before. Returns what came back. */
async function talk({ host, port }: HostPort, lines: readonly string[]): Promise<string> {
  const socket = connect({ host, port, rejectUnauthorized: false });
  let answer = "";
  const queue = [...lines];
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      if (!answer.endsWith("\r\n")) return;
      const line = queue.shift();
      if (line === undefined) socket.end();
      else socket.write(`${line}\r\n`);
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const plain = (user: string, password: string) => Buffer.from(`\0${user}\0${password}`).toString("base64");

/** Signs in, by password and second factor, as a customer's new person would. */
async function useConsole(): Promise<BrowserSession> {
  const console = new BrowserSession(endpoints.console);
  const { email, password } = endpoints.demo.customer;
  await console.signIn(email, password);
  canary("a session of the console", console.cookies.get("__Host-cf-console"));
  canary("a known device", console.cookies.get("__Host-cf-console-device"));
  const chosen = canary("the password of a customer");
  await console.ask("POST", "/api/auth/password", { password: chosen });
  canary("a renewed session", console.cookies.get("__Host-cf-console"));
  const { secret } = await console.ask<{ secret: string }>("POST", "/api/auth/totp", undefined);
  said.push(secretText("a TOTP secret", secret), { name: "a TOTP seed", bytes: base32(secret) });
  const code = hotp(base32(secret), totpStep(Date.now()));
  const on = await console.ask<{ recoveryCodes: string[] }>("POST", "/api/auth/totp/confirm", { code });
  expect(on.recoveryCodes).toHaveLength(10);
  for (const each of on.recoveryCodes) canary("a recovery code", each);
  const again = new BrowserSession(endpoints.console);
  const wrong = canary("a mistyped password");
  expect((await again.send("POST", "/api/auth/sign-in", { login: email, password: wrong })).status).toBe(401);
  await again.signIn(email, chosen);
  canary("a sign-in half done", again.cookies.get("__Host-cf-console-pending"));
  const recovery = { method: "recovery_code", code: on.recoveryCodes[0] };
  await again.ask("POST", "/api/auth/sign-in/code", recovery);
  canary("a session by recovery code", again.cookies.get("__Host-cf-console"));
  return again;
}

async function useMail(console: BrowserSession): Promise<void> {
  const address = `canary@${endpoints.demo.domain}`;
  const first = canary("the first password of a mailbox");
  const { id } = await console.ask<{ id: string }>("POST", "/api/mail-accounts", {
    address,
    quotaBytes: null,
    password: first,
  });
  const password = canary("the password of a mailbox");
  await console.ask("POST", `/api/mail-accounts/${id}/password`, { password });
  const quoted = `"${Buffer.from(password).toString("latin1")}"`;
  const wrong = canary("a mistyped mail password");
  const imap = await talk(endpoints.imaps, [
    `a AUTHENTICATE PLAIN ${plain(address, password)}`,
    "b SELECT INBOX",
    "c LOGOUT",
  ]);
  expect(imap, quoted).toMatch(/b OK/);
  expect(await talk(endpoints.imaps, [`a LOGIN ${address} "${wrong.replace("è", "e")}"`, "b LOGOUT"])).toMatch(/a NO/);
  expect(await talk(endpoints.pop3s, [`AUTH PLAIN ${plain(address, password)}`, "STAT", "QUIT"])).toMatch(/\+OK/);
  const smtp = await talk(endpoints.smtps, ["EHLO test", `AUTH PLAIN ${plain(address, password)}`, "QUIT"]);
  expect(smtp).toMatch(/235/);
  await talk(endpoints.smtps, ["EHLO test", `AUTH PLAIN ${plain(address, wrong)}`, "QUIT"]);

  const webmail = new BrowserSession(endpoints.webmail);
  await webmail.signIn(address, password);
  canary("a session of webmail", webmail.cookies.get("__Host-cf-webmail"));
  const app = { name: "Phone", protocols: ["imap"], expiresAt: null };
  const { secret } = await webmail.ask<{ secret: string }>("POST", "/api/auth/app-passwords", app);
  canary("an app password", secret);
  canary("an app password as one word", secret.replaceAll(/[^A-Za-z0-9]/g, ""));
  expect(await talk(endpoints.imaps, [`a LOGIN ${address} "${secret}"`, "b LOGOUT"])).toMatch(/a OK/);
}

/** A backup and a restore by the real agent. Returns what only the agent may know afterwards. */
async function useBackup(console: BrowserSession, home: string): Promise<void> {
  const source = join(directory, "source");
  await mkdir(source);
  const content = canary("the content of a file");
  const name = `canary-name-${randomBytes(6).toString("hex")}.txt`;
  canary("the name of a file", name);
  await writeFile(join(source, name), content.repeat(2000));
  const password = canary("the backup password");
  const wanted = { spaceId: endpoints.demo.space.id, kind: "server" };
  const { token } = await console.ask<{ token: string }>("POST", "/api/enrolments", wanted);
  canary("an enrolment token", token);
  const agent = async (args: readonly string[], given: string | null, code = 0) => {
    const ran = await runAgent(args, { home, password: given });
    expect(ran.stderr + ran.stdout).not.toContain(password);
    expect(ran, ran.stderr).toMatchObject({ code });
    return ran.stdout;
  };
  await agent(["enroll", "--vault", endpoints.vault, "--token", token, "--name", "canary"], null);
  await agent(["backup", source], password);
  await agent(["backup", source], canary("a mistyped backup password"), 4);
  const kit = await agent(["recovery", "create", "--json"], password);
  const secret = Object.values(JSON.parse(kit) as Record<string, unknown>).filter((value) => typeof value === "string");
  expect(secret.length).toBeGreaterThan(0);
  for (const value of secret)
    if (value.length >= 20 && !/^[0-9a-f-]{36}$/.test(value)) canary("a recovery secret", value);
  await agent(["restore", "latest", "--to", join(directory, "restored")], password);
  const restored = await readFile(join(directory, "restored", source.slice(1), name), "utf8").catch(() => null);
  expect(restored ?? "not where it was expected").toContain(content);
  const enrolment = JSON.parse(await readFile(join(home, "enrolment.json"), "utf8")) as { deviceToken: string };
  canary("a device's token", enrolment.deviceToken);
}

test("R56: what was typed, shown once or sealed on the device lies nowhere in the server's data or the agent's state", async () => {
  const home = join(directory, "agent");
  const console = await useConsole();
  await useMail(console);
  await useBackup(console, home);
  const output = product.output;
  expect(await product.stop()).toBe(0);

  const known = secretText("the customer's address", endpoints.demo.customer.email);
  const control = await scan(product.directory, [known]);
  expect(control.hits.join("\n")).toMatch(/as it is in postgres/);
  expect(control.files).toBeGreaterThan(500);
  const log = await readFile(join(product.directory, "casaforte.log"), "utf8");
  expect(log).toContain("identity.mail_login");
  expect(log).toContain("http.request");

  expect((await scan(product.directory, said)).hits).toEqual([]);
  for (const secret of said)
    for (const needle of needlesOf(secret)) expect(Buffer.from(output).includes(needle.bytes)).toBe(false);
  const agentOwn = ["a device's token", "the content of a file", "the name of a file"];
  const ofAgent = said.filter(({ name }) => !agentOwn.includes(name));
  const state = await scan(home, ofAgent);
  expect(state.files).toBeGreaterThan(0);
  expect(state.hits).toEqual([]);
}, 300_000);

test("the scan finds a secret in each form it knows, also across the pieces it reads", async () => {
  const secret = secretText("planted", "canary-è-0123456789");
  for (const [n, needle] of needlesOf(secret).entries()) {
    const folder = join(directory, `planted-${n}`);
    await mkdir(folder);
    const before = Buffer.alloc(n % 2 === 0 ? 100 : 4 * 1024 * 1024 - 5, "x");
    await writeFile(join(folder, "file"), Buffer.concat([before, needle.bytes, Buffer.from("yyyy")]));
    expect((await scan(folder, [secret])).hits).toContain(`planted as ${needle.form} in file`);
  }
  for (const shift of [0, 1, 2]) {
    const folder = join(directory, `around-${shift}`);
    await mkdir(folder);
    const around = Buffer.concat([Buffer.alloc(shift, "<"), secret.bytes, Buffer.from("password>")]);
    await writeFile(join(folder, "file"), around.toString("base64"));
    expect((await scan(folder, [secret])).hits.length).toBeGreaterThan(0);
  }
});
