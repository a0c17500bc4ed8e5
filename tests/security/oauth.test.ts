import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { challengeOf, redirect, verifier } from "../support/mail-tokens.test-support.ts";
import { type Person, startWorld, type World } from "./world.test-support.ts";

/*
 * The authorization server for mail programs, over HTTP as programs and browsers use it (RFC 6749, 7009, 7591, 7636, 8414, 9207).
 */

let world: World;
let tenantId: TenantId;
let ada: Person;
beforeAll(async () => {
  world = await startWorld();
  tenantId = await world.newTenant("Programmi");
  await world.newDomain(tenantId, "programmi.test");
  ada = await world.newMailAccount(tenantId, "programmi.test");
});
afterAll(() => world?.close());

const face = () => world.faces.webmail;
const form = (url: string, fields: Record<string, string> | string, remoteAddress = "192.0.2.1") =>
  face().inject({
    ...{ method: "POST", url, remoteAddress, headers: { "content-type": "application/x-www-form-urlencoded" } },
    payload: typeof fields === "string" ? fields : new URLSearchParams(fields).toString(),
  });
const register = (body: object) => face().inject({ method: "POST", url: "/oauth/register", payload: body });
const newClient = async (): Promise<string> =>
  (await register({ client_name: "Posta", redirect_uris: ["http://127.0.0.1/answer"] })).json().client_id;
const ownPage = { "sec-fetch-site": "same-origin" };

const requestOf = (clientId: string, more: Record<string, string> = {}): Record<string, string> => ({
  ...{ client_id: clientId, redirect_uri: redirect, response_type: "code", scope: "imap smtp", state: "xyz" },
  ...{ code_challenge: challengeOf(verifier), code_challenge_method: "S256" },
  ...more,
});
async function allow(clientId: string, who = ada): Promise<URL> {
  const { cookie } = await world.session(who);
  const reply = await face().inject({
    ...{ method: "POST", url: "/api/auth/program-request", headers: { cookie, ...ownPage } },
    payload: requestOf(clientId),
  });
  expect(reply.statusCode, reply.body).toBe(200);
  return new URL(reply.json().goTo);
}
const codeOf = async (clientId: string, who = ada) => (await allow(clientId, who)).searchParams.get("code") ?? "";
const exchange = (code: string, clientId: string, more: Record<string, string> = {}) =>
  form("/oauth/token", {
    ...{ grant_type: "authorization_code", code, client_id: clientId, redirect_uri: redirect, code_verifier: verifier },
    ...more,
  });

test("RFC 8414: what is told of the server is so: each endpoint is there, under the issuer", async () => {
  const reply = await face().inject({ url: "/.well-known/oauth-authorization-server" });
  const told = reply.json();
  expect(told).toMatchObject({
    issuer: "http://localhost",
    scopes_supported: ["imap", "pop3", "smtp", "jmap"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
  });
  for (const name of ["token_endpoint", "registration_endpoint", "revocation_endpoint"])
    expect((await form(new URL(told[name]).pathname, "")).statusCode, name).not.toBe(404);
  expect(told.authorization_endpoint).toBe("http://localhost/oauth/authorize");
  expect((await face().inject({ url: "/.well-known/openid-configuration" })).statusCode).toBe(404);
});

test("R53: register, yes, code, tokens, renewal, end: the whole way over HTTP, and nothing of it may be stored", async () => {
  const clientId = await newClient();
  const answer = await allow(clientId);
  expect(answer.origin + answer.pathname).toBe(redirect);
  expect(answer.searchParams.get("state")).toBe("xyz");
  expect(answer.searchParams.get("iss")).toBe("http://localhost");
  const first = await exchange(answer.searchParams.get("code") ?? "", clientId);
  expect(first.headers["cache-control"]).toBe("no-store");
  expect(first.json()).toMatchObject({ token_type: "Bearer", expires_in: 3_600, scope: "imap smtp" });
  const next = await form("/oauth/token", {
    ...{ grant_type: "refresh_token", refresh_token: first.json().refresh_token, client_id: clientId },
  });
  const { identity } = world.services;
  const login = (token: string) =>
    identity.verifyMailToken({ token, address: ada.login, protocol: "imap", ip: "192.0.2.1" }).then(
      () => "in",
      (error: { code: string }) => error.code,
    );
  expect([await login(first.json().access_token), await login(next.json().access_token)]).toEqual([
    "identity.bad_mail_token",
    "in",
  ]);
  const { cookie } = await world.session(ada);
  const listed = await face().inject({ url: "/api/auth/programs", headers: { cookie } });
  expect(listed.json().programs).toMatchObject([{ name: "Posta", place: "127.0.0.1", protocols: ["imap", "smtp"] }]);
  const left = await form("/oauth/revoke", { token: next.json().refresh_token, client_id: clientId });
  expect([left.statusCode, left.body]).toEqual([200, ""]);
  expect(await login(next.json().access_token)).toBe("identity.bad_mail_token");
});

test("programs are told of trouble as RFC 6749 §5.2 and RFC 7591 §3.2.2 say", async () => {
  const clientId = await newClient();
  const error = async (reply: Promise<{ statusCode: number; json(): { error: string } }>) => {
    const { statusCode, json } = await reply;
    return [statusCode, json().error];
  };
  const code = await codeOf(clientId);
  expect(await error(exchange(code, clientId, { code_verifier: "x".repeat(43) }))).toEqual([400, "invalid_grant"]);
  expect(await error(exchange(code, clientId))).toEqual([400, "invalid_grant"]);
  expect(await error(exchange("cfc_nonsense", clientId))).toEqual([400, "invalid_grant"]);
  expect(await error(form("/oauth/token", { grant_type: "password", client_id: clientId }))).toEqual([
    400,
    "unsupported_grant_type",
  ]);
  expect(await error(form("/oauth/token", { grant_type: "refresh_token" }))).toEqual([400, "invalid_request"]);
  const twice = `grant_type=refresh_token&client_id=${clientId}&client_id=${clientId}`;
  expect(await error(form("/oauth/token", twice))).toEqual([400, "invalid_request"]);
  expect(await error(form("/oauth/token", "x".repeat(20_000)))).toEqual([400, "invalid_request"]);
  const uris = ["https://evil.example/answer"];
  expect(await error(register({ client_name: "Posta", redirect_uris: uris }))).toEqual([400, "invalid_redirect_uri"]);
  const local = ["http://127.0.0.1/answer"];
  expect(await error(register({ client_name: " ", redirect_uris: local }))).toEqual([400, "invalid_client_metadata"]);
  expect(await error(register({ redirect_uris: local }))).toEqual([400, "invalid_request"]);
});

test("R63: no page of another site says yes for a person, shows the question in a frame, or is led anywhere", async () => {
  const clientId = await newClient();
  const { cookie } = await world.session(ada);
  const post = (headers: Record<string, string>, payload: object = requestOf(clientId)) =>
    face().inject({ method: "POST", url: "/api/auth/program-request", headers, payload });
  for (const headers of [
    { cookie },
    { cookie, origin: "https://evil.example" },
    { cookie, "sec-fetch-site": "cross-site" },
    { cookie, "sec-fetch-site": "same-site" },
    { cookie, origin: "null" },
  ])
    expect((await post(headers)).json().code, JSON.stringify(headers)).toBe("http.cross_site");
  expect((await post({ ...ownPage })).json().code).toBe("identity.not_signed_in");
  const asForm = await face().inject({
    ...{
      method: "POST",
      url: "/api/auth/program-request",
      payload: new URLSearchParams(requestOf(clientId)).toString(),
    },
    headers: { cookie, ...ownPage, "content-type": "application/x-www-form-urlencoded" },
  });
  expect(asForm.statusCode).toBe(415);
  for (const uri of ["https://evil.example/", "http://127.0.0.1/other", "//evil.example", "javascript:alert(1)"]) {
    const asked = await post({ cookie, ...ownPage }, requestOf(clientId, { redirect_uri: uri }));
    expect([asked.statusCode, asked.json().code, asked.headers.location]).toEqual([
      422,
      "identity.program_redirect",
      undefined,
    ]);
  }
  const query = new URLSearchParams(requestOf(clientId)).toString();
  for (const url of [`/oauth/authorize?${query}`, `/api/auth/program-request?${query}`]) {
    const shown = await face().inject({ url, headers: { cookie, accept: "text/html" } });
    expect(shown.headers["content-security-policy"], url).toContain("frame-ancestors 'none'");
    expect(shown.headers.location).toBeUndefined();
  }
});

test("R59: guesses at codes and refresh tokens are slowed by address, and told when to come back", async () => {
  const clientId = await newClient();
  const guess = (n: number) => `cfc_${"a".repeat(50)}${"abcdefghij"[n % 10]}${"abcdefghij"[Math.floor(n / 10) % 10]}`;
  const replies = [];
  for (let n = 0; n < 65; n++)
    replies.push(
      await form(
        "/oauth/token",
        { grant_type: "authorization_code", code: guess(n), client_id: clientId },
        "203.0.113.80",
      ),
    );
  expect(replies.filter(({ statusCode }) => statusCode === 400)).toHaveLength(60);
  expect(replies.at(-1)?.statusCode).toBe(429);
  expect(Number(replies.at(-1)?.headers["retry-after"])).toBeGreaterThan(0);
  const logged = JSON.stringify(world.logger.events);
  expect(logged).toContain("identity.braked");
  expect(logged).not.toMatch(/cf[car]_[a-z2-7]{20}/);
});
