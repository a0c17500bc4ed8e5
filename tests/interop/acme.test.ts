import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { Failure } from "@casaforte/kernel";
import { AcmeClient, certificateRequest, generateEcKey } from "@casaforte/platform/acme";
import { systemClock as clock } from "@casaforte/platform/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Pebble } from "../support/pebble.test-support.ts";
import { until } from "../support/until.test-support.ts";

const answers = new Map<string, string>();
let pebble: Pebble;
let face: Server;

beforeAll(async () => {
  pebble = await Pebble.start({ noncesRefused: 50 });
  face = createServer((request, response) => {
    const answer = answers.get(request.url ?? "");
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(answer);
  }).listen(pebble.httpPort, "127.0.0.1");
  await once(face, "listening");
});
afterAll(async () => {
  face?.close();
  await pebble?.stop();
});

const at = (accountKey: string, from: Pebble = pebble) => ({
  directory: from.directory,
  ca: from.ca,
  accountKey,
  clock,
});
const contact = "certificates@provider.example";

test("a certificate is ordered, its challenge answered, and an order goes on in another process", async () => {
  await pebble.point("mail.a.example", "127.0.0.1");
  const accountKey = generateEcKey();
  const first = new AcmeClient(at(accountKey));
  const account = await first.register({ contact });
  // The same key finds its account again.
  expect(await new AcmeClient(at(accountKey)).register({ contact })).toBe(account);
  const { url } = await first.order("mail.a.example");

  const second = new AcmeClient(at(accountKey), account);
  const order = await second.readOrder(url);
  const [challenge, ...others] = await second.challengesOf(order);
  expect(others).toEqual([]);
  if (challenge === undefined) throw new Error("no challenge");
  answers.set(`/.well-known/acme-challenge/${challenge.token}`, challenge.answer);
  await second.ready(challenge);
  const ready = await second.whileIn(order, ["pending"]);
  expect(ready.status).toBe("ready");

  const key = generateEcKey();
  const valid = await second.whileIn(await second.finalize(ready, certificateRequest("mail.a.example", key)), [
    "processing",
  ]);
  const certificate = new X509Certificate(await second.certificateOf(valid));
  expect(certificate.checkHost("mail.a.example")).toBe("mail.a.example");
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
});

test("a request whose nonce is refused is sent again with the fresh one", async () => {
  const client = new AcmeClient(at(generateEcKey()));
  const accounts = new Set<string>();
  const sent = () => pebble.output.split("POST /sign-me-up").length - 1;
  const before = sent();
  for (let times = 0; times < 20; times++) accounts.add(await client.register({ contact }));
  expect(accounts.size).toBe(1);
  await until("the authority's log", () => sent() - before > 20);
});

test("an order whose challenge is not answered ends with the authority's reason", async () => {
  await pebble.point("mail.b.example", "127.0.0.1");
  const client = new AcmeClient(at(generateEcKey()));
  await client.register({ contact });
  const order = await client.order("mail.b.example");
  const [challenge] = await client.challengesOf(order);
  if (challenge === undefined) throw new Error("no challenge");
  await client.ready(challenge);
  const ended = await client.whileIn(order, ["pending"]);
  expect(ended.status).toBe("invalid");
  expect(await client.reasonOf(ended)).toMatch(/^unauthorized: .*404/);
});

test("an account is bound to one that was made at the authority, and by no other key", async () => {
  const hmacKey = Buffer.alloc(32, 7).toString("base64url");
  const bound = await Pebble.start({ keys: { "kid-1": hmacKey } });
  try {
    const register = (externalAccount: { keyId: string; hmacKey: string } | null) =>
      new AcmeClient(at(generateEcKey(), bound)).register({ contact, ...(externalAccount ? { externalAccount } : {}) });
    expect(await register({ keyId: "kid-1", hmacKey })).toContain("https://");
    const wrong = Buffer.alloc(32, 8).toString("base64url");
    for (const external of [null, { keyId: "kid-1", hmacKey: wrong }])
      await expect(register(external)).rejects.toMatchObject({ code: "acme.refused" });
  } finally {
    await bound.stop();
  }
});

test("what the authority refuses and an authority that is away are told apart", async () => {
  const client = new AcmeClient(at(generateEcKey()));
  await client.register({ contact });
  await expect(client.order("not a name")).rejects.toMatchObject({ code: "acme.refused" });
  await expect(client.readOrder(new URL("/my-order/none", pebble.directory).href)).rejects.toMatchObject({
    code: "acme.no_such_order",
  });
  const stranger = { ...at(generateEcKey()), directory: "https://127.0.0.1:1/dir" };
  await expect(new AcmeClient(stranger).register({ contact })).rejects.toMatchObject({ code: "acme.unreachable" });
  const unsigned = { directory: pebble.directory, accountKey: generateEcKey(), clock };
  await expect(new AcmeClient(unsigned).register({ contact })).rejects.toBeInstanceOf(Failure);
});
