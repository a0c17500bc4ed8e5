import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import {
  type Actor,
  type MailAccountId,
  type OperatorRole,
  type PrincipalId,
  parseId,
  type TenantId,
} from "@casaforte/kernel";
import { type ApprovalId, decideApproval } from "@casaforte/modules/approvals";
import { runExport } from "@casaforte/modules/departure";
import { stopSender } from "@casaforte/modules/mailflow";
import {
  imposeMeasure,
  liftMeasure,
  type MeasureId,
  type NoteViolation,
  noteViolation,
  suspensionApproval,
} from "@casaforte/modules/measures";
import { afterAll, beforeAll, expect, test } from "vitest";
import { departingServices } from "../../apps/server/src/departing.ts";
import { openMailListeners, type RunningListener } from "../../apps/server/src/mail-listeners.ts";
import { type Person, password, startWorld, type World } from "../security/world.test-support.ts";
import { Agent } from "../sim/agent.test-support.ts";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";

let world: World;
let listeners: RunningListener[] = [];
let directory: string;
let tenantId: TenantId;
let box: Person;
let owner: Person;
let agent: Agent;

const program: Actor = { kind: "system", name: "test" };
const operator = (last: string, ...roles: OperatorRole[]): Extract<Actor, { kind: "operator" }> => ({
  kind: "operator",
  principalId: `00000000-0000-7000-8000-00000000000${last}` as PrincipalId,
  roles,
  ip: "192.0.2.1",
});
const port = (name: string) => listeners.find((listener) => listener.name === name)?.port ?? 0;

beforeAll(async () => {
  world = await startWorld();
  directory = await mkdtemp(join(tmpdir(), "cf-suspended-"));
  listeners = await openMailListeners(world.services);
  tenantId = await world.newTenant("Sospesi");
  owner = await world.newPerson(tenantId, { role: "owner", withPassword: true });
  await world.newDomain(tenantId, "sospesi.test");
  box = await world.newMailAccount(tenantId, "sospesi.test");
  const vaultUrl = await world.faces.vault.listen({ port: 0, host: "127.0.0.1" });
  const spaceId = await world.newSpace(tenantId);
  const { token } = await world.newEnrolment(tenantId, spaceId);
  agent = new Agent(join(directory, "agent"));
  await mkdir(join(directory, "docs"));
  await writeFile(join(directory, "docs", "a.txt"), "before\n");
  const enrolled = await agent.run("enroll", "--vault", vaultUrl, "--token", token, "--name", "pc");
  expect(enrolled.code, enrolled.stderr).toBe(0);
  const saved = await agent.run("backup", join(directory, "docs"));
  expect(saved.code, saved.stderr).toBe(0);
});
afterAll(async () => {
  for (const listener of listeners) await listener.close(0);
  await world?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

const curl = (url: string, ...extra: string[]) =>
  run("curl", ["-sS", "-k", "--user", `${box.login}:${password}`, url, ...extra]);
async function submit() {
  const file = join(directory, "mail.eml");
  await writeFile(file, `From: <${box.login}>\r\nTo: <${box.login}>\r\nSubject: x\r\n\r\nCiao\r\n`);
  const to = ["--mail-from", box.login, "--mail-rcpt", box.login, "--upload-file", file];
  return curl(`smtp://localhost:${port("submission")}`, "--ssl-reqd", "-v", ...to);
}
const readImap = () => curl(`imaps://localhost:${port("imaps")}/INBOX`, "-X", "STATUS INBOX (MESSAGES)");
const readPop3 = () => curl(`pop3s://localhost:${port("pop3s")}/`);

async function arrive(subject: string) {
  const file = join(directory, "arriving.eml");
  await writeFile(file, `From: <amico@altrove.test>\r\nTo: <${box.login}>\r\nSubject: ${subject}\r\n\r\nCiao\r\n`);
  const to = ["--mail-from", "amico@altrove.test", "--mail-rcpt", box.login, "--upload-file", file];
  return run("curl", ["-sS", "-k", `smtp://localhost:${port("smtp")}`, ...to]);
}
const subjects = async () =>
  (await curl(`imaps://localhost:${port("imaps")}/INBOX;MAILINDEX=*;SECTION=HEADER.FIELDS%20(SUBJECT)`)).stdout;

/** A mail program that signs in over TLS and stays: what the server says comes as it is said. */
async function stay(name: string, commands: readonly (readonly [string, RegExp])[]) {
  const socket = connectTls({ host: "localhost", port: port(name), rejectUnauthorized: false });
  let said = "";
  let isOver = false;
  socket.on("data", (data) => {
    said += data.toString();
  });
  socket.on("close", () => {
    isOver = true;
  });
  for (const [command, answer] of commands) {
    if (command !== "") socket.write(`${command}\r\n`);
    await until(`${name}: ${answer}`, () => answer.test(said));
  }
  return { heard: () => said, over: () => until(`the end of ${name}`, () => isOver) };
}
const stayInImap = () =>
  stay("imaps", [
    ["", /^\* OK/],
    [`a LOGIN "${box.login}" "${password}"`, /^a OK/m],
    ["b SELECT INBOX", /^b OK/m],
    ["c IDLE", /^\+ idling/m],
  ]);
const stayInPop3 = () =>
  stay("pop3s", [
    ["", /^\+OK/],
    [`USER ${box.login}`, /^(\+OK.*\r\n){2}/],
    [`PASS ${password}`, /^\+OK \d+ messages/m],
  ]);

async function jmap(...methodCalls: readonly (readonly [string, object, string])[]) {
  const { cookie } = await world.session(box);
  const answer = await world.faces.webmail.inject({
    method: "POST",
    url: "/jmap/api",
    headers: { cookie, origin: "http://localhost", host: "localhost", "sec-fetch-site": "same-origin" },
    payload: {
      using: ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"],
      methodCalls,
    },
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return (answer.json() as { methodResponses: [string, Record<string, never>, string][] }).methodResponses;
}
/** A message written and sent in webmail: what became of the sending. */
async function sendInWebmail(): Promise<Record<string, unknown>> {
  const accountId = box.principalId;
  const found = await jmap(["Mailbox/get", { accountId }, "m"], ["Identity/get", { accountId }, "i"]);
  const list = (at: number) =>
    (found[at]?.[1] as unknown as { list: { id: string; role?: string }[] } | undefined)?.list ?? [];
  const drafts = list(0).find(({ role }) => role === "drafts")?.id ?? "";
  const answers = await jmap(
    [
      "Email/set",
      {
        accountId,
        create: {
          d: {
            mailboxIds: { [drafts]: true },
            from: [{ email: box.login }],
            to: [{ email: box.login }],
            subject: "da webmail",
            bodyValues: { t: { value: "Ciao" } },
            textBody: [{ partId: "t", type: "text/plain" }],
          },
        },
      },
      "d",
    ],
    ["EmailSubmission/set", { accountId, create: { s: { identityId: list(1)[0]?.id, emailId: "#d" } } }, "s"],
  );
  return answers.find(([name]) => name === "EmailSubmission/set")?.[1] ?? {};
}

let cases = 0;
async function impose(facts: Pick<NoteViolation, "nature" | "severity" | "product">): Promise<MeasureId> {
  const { measures, core } = world.services;
  const noted: NoteViolation = {
    ...facts,
    tenantId,
    occurredAtMs: core.clock.nowMs(),
    facts: "facts",
    clause: "9.2",
    source: "operator",
    sourceKey: `case ${++cases}`,
  };
  const violationId = await core.db.operator((tx) => noteViolation(tx, program, noted, measures));
  if (violationId === null) throw new Error("noted before");
  const input = { tenantId, violationId, severity: facts.severity, facts: "facts", clause: "9.2" };
  const imposed = await core.db.operator((tx) => imposeMeasure(tx, operator("1", "legal"), input, measures));
  if (imposed.kind === "imposed") return imposed.measureId;
  const id: ApprovalId = imposed.approvalId;
  const kinds = [suspensionApproval(measures)] as never[];
  const decision = { id, decision: "approve", reason: null, nowMs: core.clock.nowMs() } as const;
  await core.db.operator((tx) => decideApproval(tx, operator("2", "security"), kinds, decision));
  const [row] = await core.db.operator(
    (tx) => tx.sql<{ id: MeasureId }[]>`
      select id from measures_measures where tenant_id = ${tenantId} and violation_id = ${violationId}`,
  );
  if (row === undefined) throw new Error("nothing was imposed");
  return row.id;
}
const lift = (id: MeasureId) =>
  world.services.core.db.operator((tx) =>
    liftMeasure(tx, operator("1", "legal"), { tenantId, id, reason: "done" }, world.services.measures),
  );
async function ask(method: "GET" | "POST", url: string, payload?: Record<string, unknown>) {
  const { cookie } = await world.session(owner);
  return world.faces.console.inject({
    method,
    url,
    headers: { cookie, origin: "http://localhost", host: "localhost", "sec-fetch-site": "same-origin" },
    ...(payload ? { payload } : {}),
  });
}

test("R64: suspended mail still reads and arrives by IMAP and POP3; sending is refused in words, everywhere, until it ends", async () => {
  expect((await submit()).code).toBe(0);
  expect((await sendInWebmail())["created"]).toHaveProperty("s");
  const suspension = await impose({ nature: "malicious_content", severity: "grave", product: "mail" });
  const refused = await submit();
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("550 5.7.1");
  expect(refused.stderr).toContain("sending is suspended for your organisation; mail still arrives");
  expect((await sendInWebmail())["notCreated"]).toMatchObject({
    s: { description: expect.stringContaining("sending is suspended for your organisation; mail still arrives") },
  });
  const arrived = await arrive("durante la sospensione");
  expect(arrived.code, arrived.stderr).toBe(0);
  expect(await subjects()).toContain("durante la sospensione");
  expect((await readPop3()).code).toBe(0);
  // What is theirs they take along: the settings, the mail of everybody, each person the own mail.
  for (const part of ["settings", "mail"]) {
    const asked = await ask("POST", "/api/exports", { part });
    expect(asked.statusCode, asked.body).toBe(202);
    const exportId = parseId<Parameters<typeof runExport>[2]>(asked.json().id);
    const signal = new AbortController().signal;
    await runExport(departingServices(world.services), tenantId, exportId, { signal, isLastTry: true });
    const taken = await ask("GET", `/api/exports/${exportId}/archive`);
    expect([taken.statusCode, taken.rawPayload.length > 1024]).toEqual([200, true]);
    if (part === "mail") expect(taken.rawPayload.toString("latin1")).toContain("durante la sospensione");
  }
  const domain = await ask("POST", "/api/domains", { name: "altro.test" });
  expect(domain.statusCode, domain.body).toBe(403);
  expect(domain.json()).toMatchObject({ code: "measures.new_off" });
  expect((await ask("GET", "/api/mail-accounts")).statusCode).toBe(200);
  expect((await ask("GET", "/api/invoices")).statusCode).toBe(200);
  // A deleted account comes back while the measure lasts: it would be purged before.
  const restore = await ask("POST", `/api/mail-accounts/${tenantId}/restore`, {});
  expect(restore.statusCode, restore.body).toBe(404);
  // The other product is not concerned.
  expect((await ask("POST", "/api/policies/preview", {})).statusCode).not.toBe(403);
  await lift(suspension);
  expect((await submit()).code).toBe(0);
  expect((await ask("POST", "/api/domains", { name: "altro.test" })).statusCode).toBe(201);
});

test("R64: for a compromised account mail programs are shut at once, open sessions too; webmail and console stay", async () => {
  expect((await readImap()).code).toBe(0);
  const [imapSession, pop3Session] = [await stayInImap(), await stayInPop3()];
  const measure = await impose({ nature: "compromised_account", severity: "serious", product: "mail" });
  await Promise.all([imapSession.over(), pop3Session.over()]);
  expect(imapSession.heard()).toMatch(/\r\n\* BYE You have been signed out[^\r\n]*\r\n$/);
  expect(pop3Session.heard()).toMatch(/\r\n-ERR \[SYS\/PERM\] You have been signed out\r\n$/);
  // The first of its kind and serious: a limitation.
  const imap = await curl(`imaps://localhost:${port("imaps")}/INBOX`, "-v", "-X", "STATUS INBOX (MESSAGES)");
  expect(imap.stderr).toContain("mail programs are switched off for your organisation; webmail works");
  expect((await readPop3()).code).not.toBe(0);
  expect((await submit()).stderr).toContain("mail programs are switched off");
  const session = await world.session(box);
  const webmail = await world.faces.webmail.inject({
    method: "GET",
    url: "/jmap/session",
    headers: { cookie: session.cookie },
  });
  expect(webmail.statusCode).toBe(200);
  await lift(measure);
  expect((await readImap()).code).toBe(0);
});

test("R13: a new password from the administrator puts out whoever is in by the old one", async () => {
  const session = await stayInImap();
  const changed = await ask("POST", `/api/mail-accounts/${box.principalId}/password`, { password });
  expect(changed.statusCode, changed.body).toBe(200);
  await session.over();
  expect(session.heard()).toMatch(/\r\n\* BYE You have been signed out/);
  expect((await readImap()).code).toBe(0);
});

test("R64: a suspended vault takes no new backup and restores the old ones", async () => {
  const suspension = await impose({ nature: "unlawful_at_site", severity: "grave", product: "backup" });
  await writeFile(join(directory, "docs", "b.txt"), "after\n");
  const refused = await agent.run("backup", join(directory, "docs"));
  expect(refused.code).not.toBe(0);
  expect(refused.stderr + refused.stdout).toMatch(/suspended|sospeso/i);
  const restored = await agent.run("restore", "latest", "--to", join(directory, "restored"));
  expect(restored.code, restored.stderr).toBe(0);
  await lift(suspension);
  const saved = await agent.run("backup", join(directory, "docs"));
  expect(saved.code, saved.stderr).toBe(0);
});

test("R103: a stopped sender is put before a person as a suggestion, and nothing else happens", async () => {
  const { core, mailflow } = world.services;
  await core.db.tenant(tenantId, (tx) =>
    stopSender(tx, program, { mailAccountId: box.principalId as string as MailAccountId, reason: "reports" }, mailflow),
  );
  const noted = await core.db.operator(
    (tx) => tx.sql`select state, source, nature, severity from measures_violations
      where tenant_id = ${tenantId} and source = 'sender_stop'`,
  );
  expect([...noted]).toEqual([
    { state: "suggested", source: "sender_stop", nature: "unsolicited_mail", severity: "serious" },
  ]);
});
