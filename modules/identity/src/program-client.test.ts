import { SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IdentityBench, startIdentityBench } from "./identity-bench.test-support.ts";
import { hashClientId, isRegisteredRedirect, placeOfRedirect } from "./program-client.ts";
import { mailSession, requestOf } from "./programs.test-support.ts";

let bench: IdentityBench;
beforeAll(async () => {
  bench = await startIdentityBench();
  await bench.newPerson(await bench.newTenant(), "ada@posta.test", { realm: "mail" });
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const register = (redirectUris: readonly string[], name = "Posta") =>
  bench.identity.registerProgram({ name, redirectUris }).clientId;
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "in";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("R53: answers go to the person's own device alone: a loopback address or a scheme of the program's own", () => {
  for (const uri of [
    "http://127.0.0.1/answer",
    "http://127.0.0.1:4711/answer?from=us",
    "http://[::1]:80/",
    "http://localhost",
    "org.example.mail:/answer",
    "it.esempio.posta-elettronica://answer/here",
  ])
    expect(
      codeOf(() => register([uri])),
      uri,
    ).toBe("in");
  for (const uri of [
    "https://mail.example.org/answer",
    "http://mail.example.org/answer",
    "http://127.0.0.1.example.org/answer",
    "http://localhost.example.org/",
    "http://localhost@example.org/",
    "http://localhost:80@example.org/",
    "http://127.0.0.1\\@example.org/",
    "http://127.0.0.2/",
    "http://127.0.0.1/#fragment",
    "javascript:alert(1)",
    "data:text/html,x",
    "mail:/answer",
    "org.example.mail:/an swer",
    "org.example.mail:/<script>",
    "",
    `org.example.mail:/${"x".repeat(500)}`,
  ])
    expect(
      codeOf(() => register([uri])),
      uri,
    ).toBe("identity.program_redirect");
  expect(codeOf(() => register([]))).toBe("identity.program_redirect");
  expect(codeOf(() => register(["1", "2", "3", "4", "5", "6"].map((n) => `org.example.mail:/${n}`)))).toBe(
    "identity.program_redirect",
  );
});

test("an address is exactly one that was registered, but for the port of a loopback address", () => {
  const client = { name: "x", redirectUris: ["http://127.0.0.1:1/answer", "org.example.mail:/answer"] };
  for (const uri of ["http://127.0.0.1:1/answer", "http://127.0.0.1:65000/answer", "http://127.0.0.1/answer"])
    expect(isRegisteredRedirect(client, uri), uri).toBe(true);
  expect(isRegisteredRedirect(client, "org.example.mail:/answer")).toBe(true);
  for (const uri of [
    "http://127.0.0.1/answer/",
    "http://127.0.0.1/other",
    "http://127.0.0.1/answer?x=1",
    "http://localhost/answer",
    "http://[::1]/answer",
    "org.example.mail:/answers",
    "org.example.mail:123/answer",
    "org.example.other:/answer",
  ])
    expect(isRegisteredRedirect(client, uri), uri).toBe(false);
  expect(placeOfRedirect("http://[::1]:80/x")).toBe("[::1]");
  expect(placeOfRedirect("org.example.mail:/answer")).toBe("org.example.mail");
});

test("a client id is what the program said of itself, signed: nothing is kept, nobody makes or changes one, each is another", async () => {
  const session = await mailSession(bench, "ada@posta.test");
  const uris = ["http://127.0.0.1/answer"];
  const [one, other] = [register(uris), register(uris)];
  expect(one).not.toBe(other);
  expect(hashClientId(one).equals(hashClientId(other))).toBe(false);
  const ask = (clientId: string, service = bench.identity) =>
    codeOf(() => service.askProgram(session, requestOf(clientId, "imap")));
  expect(ask(one)).toBe("in");
  const [body = "", mac = ""] = one.split(".");
  const said = JSON.parse(Buffer.from(body, "base64url").toString()) as { r: string[] };
  const forged = Buffer.from(JSON.stringify({ ...said, n: "Another" })).toString("base64url");
  for (const wrong of [`${forged}.${mac}`, `${body}.${mac}.`, `${body}.`, body, "", `${body}.${other.split(".")[1]}`])
    expect(ask(wrong), wrong).toBe("identity.program_unknown");
  const elsewhere = bench.another({ masterKeys: [new SeededRandom(9).bytes(32)] });
  expect(ask(one, elsewhere)).toBe("identity.program_unknown");
  for (const name of ["", "  ", "two\nlines", "x".repeat(101), "abc\u202edef"])
    expect(
      codeOf(() => register(uris, name)),
      name,
    ).toBe("identity.program_metadata");
});

test("what a program asks wrongly goes back to it only when it is known where it is, and only when the person clicks", async () => {
  const session = await mailSession(bench, "ada@posta.test");
  const right = requestOf(register(["http://127.0.0.1/answer"]), "imap smtp offline_access");
  const ask = (change: object) => bench.identity.askProgram(session, { ...right, ...change });
  expect(ask({})).toMatchObject({ name: "Posta", place: "127.0.0.1", protocols: ["imap", "smtp"], error: null });
  expect(ask({}).refusedTo).toBe(
    "http://127.0.0.1:49152/answer?error=access_denied&state=s1&iss=https%3A%2F%2Fwebmail.example.test",
  );
  expect(ask({ scope: undefined }).protocols).toEqual(["imap", "pop3", "smtp", "jmap"]);
  for (const [change, error] of [
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ response_type: undefined }, "unsupported_response_type"],
    [{ code_challenge: undefined }, "invalid_request"],
    [{ code_challenge: "short" }, "invalid_request"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
    [{ code_challenge_method: undefined }, "invalid_request"],
    [{ state: "x".repeat(1_001) }, "invalid_request"],
    [{ scope: "openid profile" }, "invalid_scope"],
  ] as const) {
    expect(ask(change), JSON.stringify(change)).toMatchObject({ error });
    expect(new URL(ask(change).refusedTo).searchParams.get("error")).toBe(error);
    await expect(bench.identity.allowProgram(session, { ...right, ...change })).rejects.toMatchObject({
      code: "identity.program_request",
    });
  }
  expect(codeOf(() => ask({ redirect_uri: "http://127.0.0.1/elsewhere" }))).toBe("identity.program_redirect");
  expect(codeOf(() => ask({ redirect_uri: "https://evil.example/answer" }))).toBe("identity.program_redirect");
});
