import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { TenantId } from "@casaforte/kernel";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMailListeners, type RunningListener } from "../../apps/server/src/mail-listeners.ts";
import { type Person, password, startWorld, type World } from "../security/world.test-support.ts";
import { connectProgram } from "../support/mail-tokens.test-support.ts";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { message } from "./mail-clients.test-support.ts";

/*
 * Mail programs that show an access token instead of a password (RFC 7628), against the mail ports of the product.
 */

let world: World;
let listeners: RunningListener[] = [];
let directory: string;
let certificate: string;
let tenantId: TenantId;
const port = (name: string) => listeners.find((listener) => listener.name === name)?.port ?? 0;

beforeAll(async () => {
  world = await startWorld();
  directory = await mkdtemp(join(tmpdir(), "cf-mail-tokens-"));
  listeners = await openMailListeners(world.services);
  const { tls } = world.services.core.config.mail;
  if (tls === undefined || tls === "acme") throw new Error("the world has a certificate");
  certificate = tls.cert;
  tenantId = await world.newTenant("Programmi");
  await world.newDomain(tenantId, "programmi.test");
});
afterAll(async () => {
  for (const listener of listeners) await listener.close(0);
  await world?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

const newBox = () => world.newMailAccount(tenantId, "programmi.test");
const connect = (box: Person, scope: string) => connectProgram(world.services.identity, box, password, scope);
const curl = (url: string, box: Person, token: string, ...more: readonly string[]) =>
  run("curl", ["-sS", "--cacert", certificate, "--user", box.login, "--oauth2-bearer", token, ...more, url]);

const imaplib = `
import imaplib, os, ssl
e = os.environ
client = imaplib.IMAP4_SSL("localhost", int(e["PORT"]), ssl_context=ssl.create_default_context(cafile=e["CERTIFICATE"]))
said = "n,a=%s,\\x01host=localhost\\x01port=%s\\x01auth=Bearer %s\\x01\\x01" % (e["LOGIN"], e["PORT"], e["TOKEN"])
try:
    print(client.authenticate("OAUTHBEARER", lambda challenge: said.encode()))
    print(client.select("INBOX"))
except imaplib.IMAP4.error as error:
    print("refused", error)
`;
const python = (login: string, token: string) =>
  run("python3", ["-c", imaplib], {
    env: { PORT: String(port("imaps")), CERTIFICATE: certificate, LOGIN: login, TOKEN: token },
  });

test("R53: Python's imaplib signs in by OAUTHBEARER, and hears why when its token is not good, or another's", async () => {
  const [box, other] = [await newBox(), await newBox()];
  const { accessToken, end } = await connect(box, "imap");
  expect((await python(box.login, accessToken)).stdout).toMatch(/\('OK', .*\n\('OK', \[b'0'\]\)/);
  expect((await python(other.login, accessToken)).stdout).toMatch(/refused .*AUTHENTICATIONFAILED/);
  await end();
  expect((await python(box.login, accessToken)).stdout).toMatch(/refused .*AUTHENTICATIONFAILED/);
});

test("R53: curl sends over SMTP and reads over IMAP and POP3 by OAUTHBEARER and by XOAUTH2; each scope opens its own protocol", async () => {
  const box = await newBox();
  const all = await connect(box, "imap pop3 smtp");
  const file = join(directory, "message.eml");
  for (const mechanism of ["OAUTHBEARER", "XOAUTH2"]) {
    const how = ["--login-options", `AUTH=${mechanism}`];
    await writeFile(file, message(`By ${mechanism}`, box.login, box.login));
    const envelope = ["--mail-from", box.login, "--mail-rcpt", box.login, "--upload-file", file];
    const sent = await curl(`smtps://localhost:${port("smtps")}`, box, all.accessToken, ...how, ...envelope);
    expect([sent.code, sent.stderr]).toEqual([0, ""]);
    const listed = await curl(`imaps://localhost:${port("imaps")}/`, box, all.accessToken, ...how);
    expect(listed.stdout).toMatch(/\* LIST .*INBOX/);
    const popped = await curl(`pop3s://localhost:${port("pop3s")}/`, box, all.accessToken, ...how);
    expect([popped.code, popped.stderr]).toEqual([0, ""]);
  }
  const sendOnly = await connect(box, "smtp");
  for (const url of [`imaps://localhost:${port("imaps")}/`, `pop3s://localhost:${port("pop3s")}/`]) {
    const refused = await curl(url, box, sendOnly.accessToken);
    // curl 67: login denied.
    expect([refused.code, refused.stdout]).toEqual([67, ""]);
  }
});

test("R13, R53: imapflow reads with an access token, and its open session ends when the person ends the connection", async () => {
  const box = await newBox();
  const { accessToken, end } = await connect(box, "imap");
  const client = new ImapFlow({
    ...{ host: "localhost", port: port("imaps"), secure: true, logger: false },
    tls: { ca: await readFile(certificate) },
    auth: { user: box.login, accessToken },
  });
  client.on("error", () => {});
  await client.connect();
  await client.mailboxOpen("INBOX");
  const closed = once(client, "close");
  void client.idle().catch(() => {});
  await end();
  await closed;
  expect(client.usable).toBe(false);
});

test("R13, R53: SMTP takes no more mail from a connection whose program was ended", async () => {
  const box = await newBox();
  const { accessToken, end } = await connect(box, "smtp");
  const shown = Buffer.from(`n,a=${box.login},\x01auth=Bearer ${accessToken}\x01\x01`).toString("base64");
  const socket = connectTls({ host: "localhost", port: port("smtps"), ca: await readFile(certificate) });
  let said = "";
  socket.on("data", (bytes) => {
    said += bytes;
  });
  const say = async (line: string, answer: RegExp) => {
    said = "";
    if (line !== "") socket.write(`${line}\r\n`);
    await until(`${answer} after ${line}`, () => answer.test(said));
  };
  await say("", /^220 /m);
  await say("EHLO client.test", /^250 .*/m);
  await say(`AUTH OAUTHBEARER ${shown}`, /^235 /m);
  await say(`MAIL FROM:<${box.login}>`, /^250 /m);
  await say("RSET", /^250 /m);
  await end();
  await say(`MAIL FROM:<${box.login}>`, /^5\d\d /m);
  socket.destroy();
});

test("R53: over JMAP a connected program shows its token with each request, until its person ends the connection", async () => {
  const box = await newBox();
  const { accessToken, end } = await connect(box, "jmap");
  const authorization = `Bearer ${accessToken}`;
  const ask = () => world.faces.jmap.inject({ url: "/jmap/session", headers: { authorization } });
  const reply = await ask();
  expect([reply.statusCode, reply.json().username]).toEqual([200, box.login]);
  expect((await ask()).statusCode).toBe(200);
  await end();
  expect((await ask()).statusCode).toBe(401);
});

test("no token is in the log of any protocol", async () => {
  const box = await newBox();
  const { accessToken, refreshToken } = await connect(box, "imap pop3 smtp");
  await curl(`imaps://localhost:${port("imaps")}/`, box, accessToken);
  await curl(`pop3s://localhost:${port("pop3s")}/`, box, `${accessToken}x`);
  const logged = JSON.stringify(world.logger.events);
  expect(logged).toMatch(/imap\.login.*OAUTHBEARER/);
  for (const token of [accessToken, refreshToken]) expect(logged).not.toContain(token.slice(4));
});
