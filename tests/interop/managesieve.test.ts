import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { Actor, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMailListeners, type RunningListener } from "../../apps/server/src/mail-listeners.ts";
import { type Person, password, startWorld, type World } from "../security/world.test-support.ts";
import { connectProgram } from "../support/mail-tokens.test-support.ts";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";

/*
 * ManageSieve (RFC 5804) on its port, over the scripts that the product keeps and files by.
 */

let world: World;
let listeners: RunningListener[] = [];
let directory: string;
let tenantId: TenantId;
const system: Actor = { kind: "system", name: "test" };
const port = (name: string) => listeners.find((listener) => listener.name === name)?.port ?? 0;

beforeAll(async () => {
  world = await startWorld();
  directory = await mkdtemp(join(tmpdir(), "cf-managesieve-"));
  listeners = await openMailListeners(world.services);
  tenantId = await world.newTenant("Filtri");
  await world.newDomain(tenantId, "filtri.test");
});
afterAll(async () => {
  for (const listener of listeners) await listener.close(0);
  await world?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

const newBox = () => world.newMailAccount(tenantId, "filtri.test");

/** A client: says one command and gives all that is answered, up to OK, NO or BYE. */
class SieveClient {
  #socket: Socket;
  #said = "";
  #isOver = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#use(socket);
  }

  /** Under TLS, after what was said in clear. */
  static async open(): Promise<SieveClient> {
    const client = new SieveClient(connect({ host: "localhost", port: port("sieve") }));
    expect(await client.heard()).toMatch(/"STARTTLS"[\s\S]*OK/);
    expect(await client.say("STARTTLS")).toMatch(/^OK/);
    client.#socket.removeAllListeners("data");
    client.#use(connectTls({ socket: client.#socket, servername: "localhost", rejectUnauthorized: false }));
    expect(await client.heard()).toMatch(/"SASL" "PLAIN OAUTHBEARER XOAUTH2"/);
    return client;
  }

  static async signIn(box: Person, secret = password): Promise<SieveClient> {
    const client = await SieveClient.open();
    expect(await client.#authenticate(box, secret)).toMatch(/^OK/);
    return client;
  }

  static async tryIn(box: Person, secret: string): Promise<string> {
    const client = await SieveClient.open();
    const answer = await client.#authenticate(box, secret);
    client.hangUp();
    return answer;
  }

  async say(command: string): Promise<string> {
    this.#socket.write(`${command}\r\n`);
    return this.heard();
  }

  /** Without waiting for an answer. */
  write(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  put(name: string, script: string): Promise<string> {
    return this.say(`PUTSCRIPT "${name}" {${Buffer.byteLength(script)}+}\r\n${script}`);
  }

  async heard(): Promise<string> {
    await until("an answer", () => this.#isOver || /^(?:OK|NO|BYE)\b.*\r\n$/m.test(this.#said));
    const said = this.#said;
    this.#said = "";
    return said;
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  #authenticate(box: Person, secret: string): Promise<string> {
    return this.say(`AUTHENTICATE "PLAIN" "${Buffer.from(`\0${box.login}\0${secret}`).toString("base64")}"`);
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.on("data", (data) => {
      this.#said += data.toString();
    });
    socket.on("close", () => {
      this.#isOver = true;
    });
  }
}

async function arrive(box: Person, subject: string): Promise<void> {
  const file = join(directory, "arriving.eml");
  await writeFile(file, `From: <amico@altrove.test>\r\nTo: <${box.login}>\r\nSubject: ${subject}\r\n\r\nCiao\r\n`);
  const to = ["--mail-from", "amico@altrove.test", "--mail-rcpt", box.login, "--upload-file", file];
  const sent = await run("curl", ["-sS", "-k", `smtp://localhost:${port("smtp")}`, ...to]);
  expect(sent.code, sent.stderr).toBe(0);
}
async function countIn(box: Person, mailbox: string): Promise<number> {
  const ask = ["-X", `STATUS ${mailbox} (MESSAGES)`];
  const said = await run("curl", [
    "-sS",
    "-k",
    "-u",
    `${box.login}:${password}`,
    `imaps://localhost:${port("imaps")}/`,
    ...ask,
  ]);
  return Number(/MESSAGES (\d+)/.exec(said.stdout)?.[1] ?? 0);
}

test("a script that a client stores and activates files what arrives from then on, and no longer when none is active", async () => {
  const box = await newBox();
  const client = await SieveClient.signIn(box);
  const script =
    'require ["fileinto", "mailbox"];\r\nif header :contains "subject" "fattura" { fileinto :create "Fatture"; }\r\n';
  expect(await client.put("fatture", script)).toMatch(/^OK/);
  await arrive(box, "fattura 1");
  await until("mail in INBOX", async () => (await countIn(box, "INBOX")) === 1);
  expect(await client.say('SETACTIVE "fatture"')).toMatch(/^OK/);
  await arrive(box, "fattura 2");
  await until("mail in Fatture", async () => (await countIn(box, "Fatture")) === 1);
  expect(await client.say('SETACTIVE ""')).toMatch(/^OK/);
  await arrive(box, "fattura 3");
  await until("mail in INBOX again", async () => (await countIn(box, "INBOX")) === 2);
  expect(await countIn(box, "Fatture")).toBe(1);
  client.hangUp();
});

test("scripts are kept for the next visit, of this account alone, word for word", async () => {
  const [box, other] = [await newBox(), await newBox()];
  const first = await SieveClient.signIn(box);
  const script = "# è così\r\nkeep;\r\n";
  expect(await first.put("a è", script)).toMatch(/^OK/);
  expect(await first.put("b", "discard;")).toMatch(/^OK/);
  expect(await first.say('SETACTIVE "b"')).toMatch(/^OK/);
  expect(await first.say("LOGOUT")).toMatch(/^OK/);
  const second = await SieveClient.signIn(box);
  expect(await second.say("LISTSCRIPTS")).toMatch(/^"a è"\r\n"b" ACTIVE\r\nOK/);
  expect(await second.say('GETSCRIPT "a è"')).toMatch(
    new RegExp(`^\\{${Buffer.byteLength(script)}\\}\r\n${script}\r\nOK`),
  );
  expect(await second.say('DELETESCRIPT "b"')).toMatch(/^NO \(ACTIVE\)/);
  expect(await second.say('RENAMESCRIPT "b" "a è"')).toMatch(/^NO \(ALREADYEXISTS\)/);
  expect(await second.say('RENAMESCRIPT "b" "c"')).toMatch(/^OK/);
  expect(await second.say('GETSCRIPT "b"')).toMatch(/^NO \(NONEXISTENT\)/);
  expect(await second.put("d", "nonsense")).toMatch(/^NO "line 1/);
  const stranger = await SieveClient.signIn(other);
  expect(await stranger.say("LISTSCRIPTS")).toMatch(/^OK/);
  expect(await stranger.say('GETSCRIPT "c"')).toMatch(/^NO \(NONEXISTENT\)/);
  expect(await stranger.say('DELETESCRIPT "c"')).toMatch(/^NO \(NONEXISTENT\)/);
  expect(await second.say("LISTSCRIPTS")).toMatch(/^"a è"\r\n"c" ACTIVE\r\nOK/);
  second.hangUp();
  stranger.hangUp();
});

test("an account has 32 scripts at most, and may store again what it has", async () => {
  const box = await newBox();
  const client = await SieveClient.signIn(box);
  for (let n = 1; n <= 32; n++) expect(await client.put(`s${n}`, "keep;")).toMatch(/^OK/);
  expect(await client.say('HAVESPACE "s33" 10')).toMatch(/^NO \(QUOTA/);
  expect(await client.put("s33", "keep;")).toMatch(/^NO \(QUOTA/);
  expect(await client.put("s7", "discard;")).toMatch(/^OK/);
  client.hangUp();
});

test("R13, R53: it opens by what opens IMAP, and an open visit ends with BYE when that is switched off", async () => {
  const box = await newBox();
  expect(await SieveClient.tryIn(box, "made up")).toMatch(/^NO/);
  const client = await SieveClient.signIn(box);
  const principalId = box.principalId;
  await world.services.core.db.tenant(tenantId, (tx) =>
    world.services.identity.setMailAccess(tx, system, { principalId, protocols: ["smtp"], appPasswordsOnly: false }),
  );
  expect(await client.heard()).toMatch(/^BYE/);
  expect(await SieveClient.tryIn(box, password)).toMatch(/^NO/);
});

test("R53: a connected program comes in with its access token for IMAP, and its visit ends when its person ends it", async () => {
  const box = await newBox();
  const shown = (token: string) => Buffer.from(`n,a=${box.login},\x01auth=Bearer ${token}\x01\x01`).toString("base64");
  const imap = await connectProgram(world.services.identity, box, password, "imap");
  const smtp = await connectProgram(world.services.identity, box, password, "smtp");
  const refused = await SieveClient.open();
  refused.write(`AUTHENTICATE "OAUTHBEARER" "${shown(smtp.accessToken)}"`);
  expect(await refused.say('"AQ=="')).toMatch(/NO/);
  refused.hangUp();
  const client = await SieveClient.open();
  expect(await client.say(`AUTHENTICATE "OAUTHBEARER" "${shown(imap.accessToken)}"`)).toMatch(/^OK/);
  expect(await client.put("mine", "keep;")).toMatch(/^OK/);
  await imap.end();
  expect(await client.heard()).toMatch(/^BYE/);
});
