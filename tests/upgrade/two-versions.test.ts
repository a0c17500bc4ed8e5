import { once } from "node:events";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contactPurposeSchema } from "@casaforte/contract/notices";
import { systemRandom } from "@casaforte/platform/telemetry";
import { type FetchMessageObject, ImapFlow } from "imapflow";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { agentProgram } from "../../apps/agent/src/testing/agent-process.ts";
import type { DemoPorts } from "../../apps/server/src/demo/ports.ts";
import type { DemoAccounts } from "../../apps/server/src/demo/seed.ts";
import { TestPasskey } from "../../modules/identity/src/passkey.test-support.ts";
import { compareTrees } from "../interop/compare-trees.ts";
import { Installation, type Served } from "../interop/installation.test-support.ts";
import { run } from "../support/product.ts";
import { layOutEarlierProgram } from "./earlier-program.test-support.ts";
import { Browser, OneAddress } from "./one-address.test-support.ts";

const save = fileURLToPath(new URL("./save-of-ba5193e.tar.xz", import.meta.url));
/** A save put back, a migration and two programs' starts: on a busy machine that takes minutes. */
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let house: Installation;
let accounts: DemoAccounts;
let vault: OneAddress;
let earlier: Served;
let today: Served;
/** Where each version's process listens. The installation's own ports are the public addresses of both. */
let before: DemoPorts;
let now: DemoPorts;
let customer: Browser;
let operator: Browser;

/** As the runbook has it: what the earlier version runs on is migrated under it, then today's comes beside it. */
beforeAll(async () => {
  house = await Installation.prepare({ migratesItself: true });
  const at = (name: string) => join(house.directory, name);
  before = await house.morePorts();
  now = await house.morePorts();
  for (const folder of ["earlier", "blobs-fr1"]) await mkdir(at(folder));
  await Promise.all([layOutEarlierProgram(at("earlier")), run("tar", ["-xJf", save, "-C", house.directory])]);
  accounts = JSON.parse(await readFile(at("demo.json"), "utf8"));
  await copyFile(at("master-1.key"), at("master.key"));
  const [first, second] = await Promise.all([writeConfig("earlier", before), writeConfig("today", now)]);
  await house.makeDatabase("prova", at("earlier"));
  const from = ["--from", at("place"), "--superuser-url", await house.superuserUrl()];
  const back = await house.casaforteAt(at("earlier"), "put-back", "--config", first, ...from);
  expect(back.code, back.stdout + back.stderr).toBe(0);

  earlier = await house.serve(first, at("earlier"));
  const migrated = await house.casaforte("migrate", "--config", second);
  expect(migrated.code, migrated.stderr).toBe(0);
  today = await house.serve(second);
  vault = new OneAddress(house.ports.vault);
  customer = new Browser(`https://localhost:${house.ports.console}`, house.certificate);
  operator = new Browser(`https://localhost:${house.ports.operator}`, house.certificate);
});
afterAll(async () => {
  vault?.close();
  await house?.dispose();
});

/** Mail that is for nobody here waits for a relay on loopback that is not there. */
function writeConfig(name: string, ports: DemoPorts): Promise<string> {
  const own = new Map(Object.entries(house.ports).map(([key, port]) => [port, ports[key as keyof DemoPorts]]));
  return house.writeConfig(name, (yaml) =>
    yaml
      .replace(/\bport: (\d+)/g, (_, port) => `port: ${own.get(Number(port))}`)
      .replace("mode: direct", "mode: smarthost, host: 127.0.0.1, port: 9, requireTls: false")
      .replace(/^sites: \[(.*)\]$/m, (_, site: string) =>
        [`sites: [${site}`, `${site.replace("mi1", "fr1").replace("blobs: blobs", "blobs: blobs-fr1")}]`].join(", "),
      ),
  );
}

const versions = () =>
  [
    ["the earlier", before, now],
    ["today's", now, before],
  ] as const;
const mailbox = (index: number) => {
  const found = accounts.mailAccounts[index];
  if (!found) throw new Error(`the save has no mail account ${index}`);
  return found;
};

test("R101: who signed in at one version is signed in at the other, also with a passkey", async () => {
  const { email: login, password } = accounts.customer;
  await customer.get(before.console, "/api/auth/sign-in", { login, password });
  expect(await customer.get(now.console, "/api/auth/session")).toMatchObject({ login });

  const staff = accounts.operator;
  await operator.get(now.operator, "/api/auth/sign-in", { login: staff.email, password: staff.password });
  const passkey = new TestPasskey(
    { origin: `https://localhost:${house.ports.operator}`, rpId: "localhost" },
    systemRandom,
  );
  const options = await operator.get<{ challenge: string }>(now.operator, "/api/auth/passkeys/options", {});
  const response = passkey.register(options.challenge);
  await operator.get(before.operator, "/api/auth/passkeys", { name: "Chiave", response });
  expect(await operator.get(now.operator, "/api/auth/session")).toMatchObject({ login: staff.email, mustEnrol: false });
});

test("R101: mail that one version takes is told at once to who waits at the other", async () => {
  const [anna, bruno] = [mailbox(0), mailbox(1)];
  for (const [name, takes, waits] of versions()) {
    const waiting = await imap(waits, bruno);
    await waiting.mailboxOpen("INBOX");
    const arrived = told(waiting);
    const file = join(house.directory, "letter.eml");
    await writeFile(file, `From: <${anna.address}>\r\nTo: <${bruno.address}>\r\nSubject: By ${name}\r\n\r\nCiao\r\n`);
    const sent = await run("curl", [
      ...["-sS", "--cacert", house.certificate, "--ssl-reqd", "--url", `smtp://localhost:${takes.submission}`],
      ...["--user", `${anna.address}:${anna.password}`, "--mail-from", anna.address, "--mail-rcpt", bruno.address],
      ...["--upload-file", file],
    ]);
    expect(sent.code, sent.stderr).toBe(0);
    await arrived;
    const came = await newest(waiting);
    expect(came.envelope?.subject).toBe(`By ${name}`);
    expect(came.source?.toString()).toContain("Ciao");

    // Filed by a program, with no job between.
    const filed = told(waiting);
    const filing = await imap(takes, bruno);
    await filing.append("INBOX", `Subject: Filed at ${name}\r\n\r\nCiao\r\n`, ["\\Flagged"]);
    await filed;
    const copy = await newest(waiting);
    expect(copy.envelope?.subject).toBe(`Filed at ${name}`);
    expect(copy.flags).toContain("\\Flagged");
    await Promise.all([waiting.logout(), filing.logout()]);
  }
});

/** Waits in IDLE until the server says that there is more. Without a hint it would ask after five minutes. */
async function told(client: ImapFlow): Promise<void> {
  const more = once(client, "exists", { signal: AbortSignal.timeout(60_000) });
  void client.idle();
  await more;
}

async function newest(client: ImapFlow): Promise<FetchMessageObject> {
  const message = await client.fetchOne("*", { envelope: true, flags: true, source: true });
  if (!message) throw new Error("there is no message");
  return message;
}

async function imap(ports: DemoPorts, who: { readonly address: string; readonly password: string }): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...{ host: "localhost", port: ports.imaps, secure: true, logger: false },
    auth: { user: who.address, pass: who.password },
    tls: { ca: await readFile(house.certificate, "utf8") },
  });
  await client.connect();
  return client;
}

test("R101: a request opened at one version is answered at the other, whichever it was", async () => {
  for (const [name, opens, answers] of versions()) {
    const asked = { kind: "question", severity: "normal", subject: `At ${name}`, body: "Come si fa?" };
    const ticket = await customer.get<{ id: string }>(opens.console, "/api/tickets", asked);
    const path = `/api/desk/tickets/${accounts.tenantId}/${ticket.id}/answers`;
    await operator.get(answers.operator, path, { how: "ask", body: "Così." });
    await customer.get(answers.console, `/api/tickets/${ticket.id}/answers`, { body: "Grazie." });
    expect(await customer.get(opens.console, `/api/tickets/${ticket.id}`)).toMatchObject({
      ticket: { state: "open", subject: `At ${name}` },
      entries: [{ body: "Come si fa?" }, { body: "Così." }, { body: "Grazie." }],
    });
  }
});

test("R101: what is backed up through one version is listed and restored through the other", async () => {
  const { file, env } = await agentProgram();
  for (const [index, [, takes, gives]] of versions().entries()) {
    const at = (name: string) => join(house.directory, `${name}-${index}`);
    const agent = async (...args: readonly string[]) => {
      const ended = await run(process.execPath, [file, ...args], {
        env: {
          ...env,
          NODE_EXTRA_CA_CERTS: house.certificate,
          CASAFORTE_PASSWORD: "una frase lunga e rara",
          CASAFORTE_AGENT_HOME: at("agent"),
        },
      });
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    };
    await mkdir(join(at("tree"), "deep"), { recursive: true });
    await writeFile(join(at("tree"), "deep", "big"), Buffer.alloc(2_000_000, "abcdefg"));
    await writeFile(join(at("tree"), "perché.txt"), "perché no?");
    const wanted = { spaceId: accounts.space.id, kind: "server" };
    const { id, token } = await customer.get<{ id: string; token: string }>(gives.console, "/api/enrolments", wanted);
    vault.port = takes.vault;
    await agent("enroll", "--vault", `https://localhost:${house.ports.vault}`, "--token", token, "--name", "prova");
    await agent("backup", at("tree"));
    const { deviceId } = await customer.get<{ deviceId: string }>(gives.console, `/api/enrolments/${id}`);
    expect(await customer.get(gives.console, `/api/devices/${deviceId}/points`)).toMatchObject({
      points: [{ state: "good" }],
    });
    vault.port = gives.vault;
    await agent("restore", "latest", "--to", at("back"));
    expect(compareTrees(at("tree"), join(at("back"), at("tree")), { ignoreTimes: () => true })).toEqual([]);
    // The next one goes on from it, at the other.
    await writeFile(join(at("tree"), "new.txt"), "new");
    await agent("backup", at("tree"));
    vault.port = takes.vault;
    await agent("restore", "latest", "--to", at("again"));
    expect(compareTrees(at("tree"), join(at("again"), at("tree")), { ignoreTimes: () => true })).toEqual([]);
  }
});

test("R101: a job of a later version is left alone by those that do not know it", async () => {
  await house.asSuperuser(
    "insert into jobs_jobs (tenant_id, id, task, payload, run_at, attempts_max, created_at) " +
      "select tenant_id, gen_random_uuid(), 'later.work', '{}', now() - interval '1 hour', 3, now() from tenancy_tenants limit 1",
  );
  const [anna, carla] = [mailbox(0), mailbox(2)];
  for (const [, takes] of versions()) {
    // Both are woken by each job that comes, and take all that is due.
    const reading = await imap(takes, anna);
    await reading.append("INBOX", `Subject: x\r\n\r\n${carla.address}\r\n`);
    await reading.logout();
  }
  const left = await house.asSuperuser(
    "select attempts, locked_until, failed_at from jobs_jobs where task = 'later.work'",
  );
  expect(left).toEqual([{ attempts: 0, locked_until: null, failed_at: null }]);
});

test("R101: each list of the earlier version still answers, over what today's wrote", async () => {
  for (const purpose of contactPurposeSchema.options)
    await customer.get(now.console, "/api/contacts", { purpose, address: mailbox(2).address, language: "it" });
  const differing: string[] = [];
  for (const [browser, port, path] of [
    [customer, "console", "/openapi.json"],
    [operator, "operator", "/api/desk/openapi"],
  ] as const) {
    const { paths } = await browser.get<{ paths: Record<string, object> }>(before[port], path);
    const lists = Object.entries(paths).filter(([url, methods]) => "get" in methods && !url.includes("{"));
    expect(lists.length).toBeGreaterThan(20);
    for (const [url] of lists) {
      const [was, is] = [await browser.ask(before[port], url), await browser.ask(now[port], url)];
      if (was.status !== is.status || is.status >= 500) differing.push(`${port} ${url}: ${was.status}, ${is.status}`);
    }
  }
  expect(differing).toEqual([]);
});

test("R101: the earlier one ends cleanly, without a fault in its log, and the doctor finds all well", async () => {
  expect(await earlier.end("SIGTERM")).toBe(0);
  expect(await customer.get(now.console, "/api/auth/session")).toMatchObject({ login: accounts.customer.email });
  for (const name of ["earlier", "today"]) {
    const lines = (await readFile(join(house.directory, `${name}.log`), "utf8")).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => JSON.parse(line).level === "error")).toEqual([]);
  }
  const config = join(house.directory, "today.yaml");
  // The save is of long ago, and nobody has looked at an escrowed copy since.
  const copy = join(house.directory, "copy.key");
  await copyFile(join(house.directory, "master.key"), copy);
  await chmod(copy, 0o600);
  const checked = await house.casaforte("escrow", "check", copy, "--config", config);
  expect(checked.code, checked.stderr).toBe(0);
  const examined = await house.casaforte("doctor", "--config", config);
  expect(examined.stdout, examined.stderr).toContain("All well");
  expect(await today.end("SIGTERM")).toBe(0);
});
