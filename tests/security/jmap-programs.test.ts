import { connect as connectTls } from "node:tls";
import type { Actor, MailAccountId, TenantId } from "@casaforte/kernel";
import { updateMailAccount } from "@casaforte/modules/mailbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mailAccountHooks } from "../../apps/server/src/mail-account-hooks.ts";
import { openMailListeners, type RunningListener } from "../../apps/server/src/mail-listeners.ts";
import { connectProgram } from "../support/mail-tokens.test-support.ts";
import { until } from "../support/until.test-support.ts";
import { type Person, password, routesOf, startWorld, type World } from "./world.test-support.ts";

/*
 * JMAP as another program than webmail uses it: plain HTTP with an app password, over the faces of the whole product.
 */

let world: World;
let tenantId: TenantId;
let base: string;
let listeners: RunningListener[] = [];
const system: Actor = { kind: "system", name: "test" };
const using = ["core", "mail", "submission"].map((name) => `urn:ietf:params:jmap:${name}`);

beforeAll(async () => {
  world = await startWorld();
  const port = world.services.core.config.http.jmap?.port ?? 0;
  base = `http://localhost:${port}`;
  await world.faces.jmap.listen({ host: "127.0.0.1", port });
  listeners = await openMailListeners(world.services);
  tenantId = await world.newTenant("Programmi");
  await world.newDomain(tenantId, "programmi.test");
});
afterAll(async () => {
  for (const listener of listeners) await listener.close(0);
  await world?.close();
});

const newBox = () => world.newMailAccount(tenantId, "programmi.test");

/** As the person makes it in webmail's settings. */
async function appPassword(box: Person, ...protocols: string[]): Promise<string> {
  const { cookie } = await world.session(box);
  const reply = await world.faces.webmail.inject({
    method: "POST",
    url: "/api/auth/app-passwords",
    headers: { cookie, "sec-fetch-site": "same-origin" },
    payload: { name: "Programma", protocols, expiresAt: null },
  });
  expect(reply.statusCode).toBe(201);
  return reply.json().secret;
}
const basic = (login: string, secret: string) => `Basic ${Buffer.from(`${login}:${secret}`).toString("base64")}`;

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a program reads out of JSON.
  readonly json: any;
}
async function ask(url: string, authorization: string | null, init: RequestInit = {}): Promise<Reply> {
  const headers = { ...(authorization === null ? {} : { authorization }), ...init.headers };
  const reply = await fetch(url, { ...init, headers });
  const text = await reply.text();
  return {
    status: reply.status,
    headers: reply.headers,
    json: /json/.test(reply.headers.get("content-type") ?? "") ? JSON.parse(text) : text,
  };
}

/** A program that knows the address of the server, a login and an app password. */
class Program {
  readonly authorization: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a program reads out of JSON.
  session: any;
  constructor(login: string, secret: string) {
    this.authorization = basic(login, secret);
  }
  static async start(box: Person, secret: string): Promise<Program> {
    const program = new Program(box.login, secret);
    const found = await ask(`${base}/.well-known/jmap`, program.authorization);
    expect(found.status).toBe(200);
    program.session = found.json;
    return program;
  }
  get accountId(): string {
    return this.session.primaryAccounts["urn:ietf:params:jmap:mail"];
  }
  async call(...calls: readonly (readonly [string, object])[]) {
    const methodCalls = calls.map(([name, args], n) => [name, { accountId: this.accountId, ...args }, String(n)]);
    const reply = await ask(this.session.apiUrl, this.authorization, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ using, methodCalls }),
    });
    expect(reply.status).toBe(200);
    return reply.json.methodResponses.map(([, result]: [string, object]) => result);
  }
  url(template: string, values: Record<string, string>): string {
    return template.replace(/\{(\w+)\}/g, (_whole, name) => encodeURIComponent(values[name] ?? ""));
  }
  /** What is pushed, as it comes. */
  async listen(): Promise<{ heard: () => string; over: () => Promise<unknown>; stop: () => void }> {
    const stop = new AbortController();
    const url = this.url(this.session.eventSourceUrl, { types: "*", closeafter: "no", ping: "0" });
    const reply = await fetch(url, { headers: { authorization: this.authorization }, signal: stop.signal });
    expect(reply.status).toBe(200);
    let said = "";
    let isOver = false;
    void (async () => {
      try {
        for await (const chunk of reply.body ?? []) said += Buffer.from(chunk).toString();
      } catch {
        // It was cut.
      }
      isOver = true;
    })();
    return { heard: () => said, over: () => until("the end of the stream", () => isOver), stop: () => stop.abort() };
  }
}

const switchJmap = (box: Person, jmap: boolean) =>
  world.services.core.db.tenant(box.tenantId, async (tx) => {
    const accountId = box.principalId as string as MailAccountId;
    const changed = await updateMailAccount(tx, system, { accountId, protocols: { jmap } }, world.services.mailbox);
    await mailAccountHooks(world.services).updated(tx, system, {
      before: { ...changed, protocols: { ...changed.protocols, jmap: !jmap } },
      after: changed,
    });
  });

test("R13: a program finds all addresses by its host name, reads, writes, uploads, sends and hears of changes", async () => {
  const [box, friend] = [await newBox(), await newBox()];
  const program = await Program.start(box, await appPassword(box, "jmap"));
  const { session, accountId } = program;
  expect(session.username).toBe(box.login);
  for (const name of ["apiUrl", "uploadUrl", "downloadUrl", "eventSourceUrl"])
    expect(session[name]).toMatch(`${base}/`);
  expect(session.imageUrl).toBeUndefined();
  expect(session.capabilities["urn:ietf:params:jmap:webpush-vapid"]).toBeUndefined();
  const events = await program.listen();

  const [boxes] = await program.call(["Mailbox/get", { ids: null }]);
  const idOf = (role: string) => boxes.list.find((one: { role: string }) => one.role === role).id as string;
  const message = `From: <${box.login}>\r\nTo: <${friend.login}>\r\nSubject: Da un programma\r\n\r\nCiao\r\n`;
  const uploaded = await ask(program.url(session.uploadUrl, { accountId }), program.authorization, {
    method: "POST",
    headers: { "content-type": "message/rfc822" },
    body: message,
  });
  expect(uploaded).toMatchObject({ status: 201, json: { accountId, type: "message/rfc822", size: message.length } });
  const [imported] = await program.call([
    "Email/import",
    {
      emails: {
        a: { blobId: uploaded.json.blobId, mailboxIds: { [idOf("drafts")]: true }, keywords: { $draft: true } },
      },
    },
  ]);
  const { id: emailId, blobId } = imported.created.a;
  await until("a state event", () => /event: state[\s\S]*"Email"/.test(events.heard()));

  const [found, read, identities] = await program.call(
    ["Email/query", { filter: { inMailbox: idOf("drafts") } }],
    ["Email/get", { "#ids": { resultOf: "0", name: "Email/query", path: "/ids" }, properties: ["subject", "to"] }],
    ["Identity/get", { ids: null }],
  );
  expect(found.ids).toEqual([emailId]);
  expect(read.list).toEqual([{ id: emailId, subject: "Da un programma", to: [{ name: null, email: friend.login }] }]);
  const values = { accountId, blobId, name: "mail.eml", type: "message/rfc822" };
  const downloaded = await ask(program.url(session.downloadUrl, values), program.authorization);
  expect(downloaded).toMatchObject({ status: 200, json: message });
  const [sent] = await program.call([
    "EmailSubmission/set",
    { create: { s: { emailId, identityId: identities.list[0].id } } },
  ]);
  expect(Object.keys(sent.created ?? {})).toEqual(["s"]);
  events.stop();
});

describe("who may come in", () => {
  const routes = () => routesOf(world.faces.jmap).filter((route) => route.includes(" /jmap/"));
  const knock = (route: string, headers: Record<string, string>) => {
    const [method = "", path = ""] = route.split(" ");
    return world.faces.jmap.inject({
      method: method as "GET",
      url: path.replace(/:\w+/g, "x"),
      headers,
      ...(method === "POST" ? { payload: Buffer.from("{}") } : {}),
    });
  };

  test("R74: has the four resources, its own health and nothing else", () => {
    expect(routesOf(world.faces.jmap)).toEqual([
      "GET /.well-known/jmap",
      "GET /healthz",
      "GET /jmap/download/:accountId/:blobId/:name",
      "GET /jmap/events",
      "GET /jmap/session",
      "POST /jmap/api",
      "POST /jmap/upload/:accountId",
    ]);
  });

  test("R53, R74: nobody, a session of webmail, the account's own password, one for other programs and a made-up one get in nowhere", async () => {
    const box = await newBox();
    const { cookie, token } = await world.session(box);
    const imapOnly = await appPassword(box, "imap", "smtp");
    const program = await connectProgram(world.services.identity, box, password, "imap smtp");
    const intruders: Record<string, readonly [Record<string, string>, number, string]> = {
      nobody: [{}, 401, "identity.not_signed_in"],
      "a cookie": [{ cookie, "sec-fetch-site": "same-origin" }, 401, "identity.not_signed_in"],
      "a session as a token": [{ authorization: `Bearer ${token}` }, 401, "identity.bad_mail_token"],
      "a token for IMAP": [{ authorization: `Bearer ${program.accessToken}` }, 403, "identity.protocol_disabled"],
      "a token for renewal": [{ authorization: `Bearer ${program.refreshToken}` }, 401, "identity.bad_mail_token"],
      "no colon": [{ authorization: `Basic ${btoa("x".repeat(40))}` }, 401, "identity.not_signed_in"],
      "no base64": [{ authorization: `Basic ${"%".repeat(4_000)}` }, 401, "identity.not_signed_in"],
      "a book": [{ authorization: basic("a", "x".repeat(4_000)) }, 401, "identity.not_signed_in"],
      "the main password": [{ authorization: basic(box.login, password) }, 401, "identity.app_password_required"],
      "a made-up one": [{ authorization: basic(box.login, "abcd".repeat(6)) }, 401, "identity.bad_credentials"],
      "one for IMAP": [{ authorization: basic(box.login, imapOnly) }, 403, "identity.protocol_disabled"],
    };
    expect(routes()).toHaveLength(5);
    for (const route of routes())
      for (const [who, [headers, status, code]] of Object.entries(intruders)) {
        const reply = await knock(route, headers);
        expect([route, who, reply.statusCode, reply.json().code]).toEqual([route, who, status, code]);
        expect(reply.headers["www-authenticate"]).toEqual(
          status === 401 ? ['Basic realm="mail", charset="UTF-8"', 'Bearer realm="mail", scope="jmap"'] : undefined,
        );
        expect(reply.headers["set-cookie"]).toBeUndefined();
      }
  });

  test("R13: a program that is a page of another site reads, writes and hears why it is refused, once the browser has asked", async () => {
    const box = await newBox();
    const authorization = basic(box.login, await appPassword(box, "jmap"));
    const page = { origin: "https://elsewhere.test", "sec-fetch-site": "cross-site" };
    for (const route of routes()) {
      const [method = "", path = ""] = route.split(" ");
      const asked = await world.faces.jmap.inject({
        method: "OPTIONS",
        url: path.replace(/:\w+/g, "x"),
        headers: {
          ...page,
          "access-control-request-method": method,
          "access-control-request-headers": "authorization",
        },
      });
      expect([route, asked.statusCode]).toEqual([route, 204]);
      expect(asked.headers["access-control-allow-headers"]).toContain("authorization");
      // Without a password: refused like anybody, in words that the page can read.
      const refused = await knock(route, { ...page, "content-type": "application/json" });
      expect([route, refused.statusCode]).toEqual([route, 401]);
      for (const { headers } of [asked, refused]) {
        expect(headers["access-control-allow-origin"]).toBe("*");
        expect(headers["access-control-allow-credentials"]).toBeUndefined();
      }
    }
    const called = await world.faces.jmap.inject({
      method: "POST",
      url: "/jmap/api",
      headers: { ...page, authorization },
      payload: { using, methodCalls: [["Core/echo", { hello: true }, "0"]] },
    });
    expect(called.json().methodResponses).toEqual([["Core/echo", { hello: true }, "0"]]);
    const upload = await world.faces.jmap.inject({
      method: "POST",
      url: `/jmap/upload/${box.principalId}`,
      headers: { ...page, authorization, "content-type": "application/octet-stream" },
      payload: Buffer.from("x"),
    });
    expect(upload.statusCode).toBe(201);
  });

  test("R60: a page of another site does nothing by what a browser sends without asking, which could bear a password that it keeps", async () => {
    const box = await newBox();
    const authorization = basic(box.login, await appPassword(box, "jmap"));
    for (const marks of [{ origin: "https://elsewhere.test" }, { "sec-fetch-site": "cross-site" }])
      for (const type of ["", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
        for (const route of routes().filter((one) => one.startsWith("POST"))) {
          const reply = await knock(route, { authorization, ...marks, "content-type": type });
          expect([route, type, reply.statusCode, reply.json().code]).toEqual([route, type, 403, "http.cross_site"]);
        }
    const read = await knock("GET /jmap/session", { authorization, origin: "https://elsewhere.test" });
    expect(read.headers["cross-origin-resource-policy"]).toBe("same-origin");
  });

  test("R50: reaches no account but its own", async () => {
    const [box, other] = [await newBox(), await newBox()];
    const program = await Program.start(box, await appPassword(box, "jmap"));
    expect(Object.keys(program.session.accounts)).toEqual([box.principalId]);
    const [stolen] = await program.call(["Mailbox/get", { accountId: other.principalId, ids: null }]);
    expect(stolen).toMatchObject({ type: "accountNotFound" });
    const upload = program.url(program.session.uploadUrl, { accountId: other.principalId });
    expect(await ask(upload, program.authorization, { method: "POST", body: "x" })).toMatchObject({ status: 404 });
  });

  test("R59: guesses count at the one brake, the same wrong one once, and a right one that is repeated takes nothing", async () => {
    const box = await newBox();
    const right = basic(box.login, await appPassword(box, "jmap"));
    const guess = async (secret: string) =>
      (await ask(`${base}/jmap/session`, basic(box.login, secret))).json.code as string;
    const same = await Promise.all(Array.from({ length: 30 }, () => guess("always the same wrong one")));
    expect(new Set(same)).toEqual(new Set(["identity.bad_credentials"]));
    const known = await ask(`${base}/jmap/session`, right);
    expect(known.status).toBe(200);
    const codes = await Promise.all(Array.from({ length: 60 }, (_, n) => guess(`guess number ${n}`)));
    expect(codes).toContain("identity.too_many_attempts");
    // Who is in already is not shut out by others' guesses from its own address.
    for (let n = 0; n < 3; n++) expect((await ask(`${base}/jmap/session`, right)).status).toBe(200);
  });
});

describe("who must go", () => {
  test("R13: a switch that is turned off refuses the next request and ends a stream, and on again lets in", async () => {
    const box = await newBox();
    const program = await Program.start(box, await appPassword(box, "jmap"));
    const events = await program.listen();
    await switchJmap(box, false);
    await events.over();
    expect(await ask(`${base}/jmap/session`, program.authorization)).toMatchObject({
      status: 403,
      json: { code: "identity.protocol_disabled" },
    });
    await switchJmap(box, true);
    expect((await ask(`${base}/jmap/session`, program.authorization)).status).toBe(200);
  });

  test("R53: an app password that is revoked ends what came in by it", async () => {
    const box = await newBox();
    const program = await Program.start(box, await appPassword(box, "jmap"));
    const events = await program.listen();
    const { cookie } = await world.session(box);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const listed = await world.faces.webmail.inject({ url: "/api/auth/app-passwords", headers });
    expect(listed.json().offered).toEqual(["imap", "pop3", "smtp", "jmap"]);
    expect(listed.json().appPasswords).toMatchObject([{ protocols: ["jmap"], lastUsedProtocol: "jmap" }]);
    const url = `/api/auth/app-passwords/${listed.json().appPasswords[0].id}`;
    expect((await world.faces.webmail.inject({ method: "DELETE", url, headers })).statusCode).toBe(204);
    await events.over();
    expect(await ask(`${base}/jmap/session`, program.authorization)).toMatchObject({
      status: 401,
      json: { code: "identity.bad_credentials" },
    });
  });

  test("R64: while a measure shuts out mail programs, it shuts out this one too, and webmail goes on", async () => {
    const strict = await world.newTenant("Misurati");
    await world.newDomain(strict, "misurati.test");
    const box = await world.newMailAccount(strict, "misurati.test");
    const program = await Program.start(box, await appPassword(box, "jmap"));
    await world.services.core.db.operator(
      (tx) =>
        tx.sql`insert into measures_switches (tenant_id, capability, since) values (${strict}, 'mail.programs', now())`,
    );
    expect(await ask(`${base}/jmap/session`, program.authorization)).toMatchObject({
      status: 403,
      json: { code: "measures.programs_off" },
    });
    const { cookie } = await world.session(box);
    expect((await world.faces.webmail.inject({ url: "/jmap/session", headers: { cookie } })).statusCode).toBe(200);
  });
});

test("RFC 9698: IMAP names JMAP to who may use it with the same password, under the same ids", async () => {
  const box = await newBox();
  const both = await appPassword(box, "imap", "jmap");
  const port = listeners.find(({ name }) => name === "imaps")?.port ?? 0;
  const talk = async (secret: string, ...commands: string[]) => {
    const socket = connectTls({ host: "localhost", port, rejectUnauthorized: false });
    let said = "";
    socket.on("data", (data) => {
      said += data.toString();
    });
    await until("a greeting", () => said.startsWith("* OK"));
    for (const [n, command] of [`LOGIN "${box.login}" "${secret}"`, ...commands].entries()) {
      socket.write(`t${n} ${command}\r\n`);
      await until(command, () => new RegExp(`^t${n} `, "m").test(said));
    }
    socket.destroy();
    return said;
  };
  const said = await talk(both, "GETJMAPACCESS", "STATUS INBOX (MAILBOXID)");
  expect(said).toMatch(/t0 OK \[CAPABILITY [^\]]*\bJMAPACCESS\b/);
  expect(said).toContain(`* JMAPACCESS "${base}/.well-known/jmap"`);
  const program = await Program.start(box, both);
  const [boxes] = await program.call(["Mailbox/get", { ids: null }]);
  const inbox = boxes.list.find((one: { role: string }) => one.role === "inbox").id;
  expect(said).toContain(`MAILBOXID (${inbox})`);
  expect(await talk(password)).not.toMatch(/JMAPACCESS/);
});
