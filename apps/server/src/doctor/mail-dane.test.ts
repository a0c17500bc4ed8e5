import { X509Certificate } from "node:crypto";
import { parseConfig } from "@casaforte/platform/config";
import { type CertificatePair, tlsaFor, ValidatingResolver } from "@casaforte/platform/net";
import { MemoryLogger, SeededRandom } from "@casaforte/testkit";
import type { Answer } from "dns-packet";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NameServer } from "../../../../tests/support/name-server.test-support.ts";
import { mailDaneFindings, resolverFindings, tlsaFindings, tlsaLine } from "./mail-dane.ts";

const name = "mail.provider.example";
const question = `_25._tcp.${name} TLSA`;
let server: NameServer;
let resolver: ValidatingResolver;
let shown: { name: string; cert: string };
let next: { name: string; cert: string };

beforeAll(async () => {
  server = await NameServer.start();
  resolver = new ValidatingResolver({ host: "127.0.0.1", port: server.port }, new SeededRandom(4));
  const pair = () => generate([{ name: "commonName", value: name }], { keyType: "ec" });
  [shown, next] = (await Promise.all([pair(), pair()])).map(({ cert }) => ({ name, cert })) as [
    typeof shown,
    typeof next,
  ];
});
afterAll(() => server?.close());

function record({ cert }: { cert: string }): Answer {
  const { usage, selector, matchingType, data } = tlsaFor(new X509Certificate(cert).raw);
  const certificate = Buffer.from(data);
  return { type: "TLSA", name: `_25._tcp.${name}`, data: { usage, selector, matchingType, certificate } };
}

test("the doctor says when what the DNS publishes is of no certificate that we show, and what to publish", async () => {
  expect(await tlsaFindings(shown, resolver)).toEqual([]);
  server.tell(question, [record(shown)]);
  expect(await tlsaFindings(shown, resolver)).toEqual([]);
  const [finding, ...others] = await tlsaFindings(next, resolver);
  expect(others).toEqual([]);
  expect(finding?.what).toMatch(/^it says 3 1 1 [0-9A-F]{64}, and we show another certificate/);
  expect(finding?.todo).toContain(tlsaLine(next));
  expect(tlsaLine(next)).toMatch(/^_25\._tcp\.mail\.provider\.example\. IN TLSA 3 1 1 [0-9A-F]{64}$/);
  // Both are published while one takes the other's place.
  server.tell(question, [record(shown), record(next)]);
  expect(await tlsaFindings(next, resolver)).toEqual([]);
  server.tell(question, [], { rcode: "SERVFAIL" });
  expect(await tlsaFindings(shown, resolver)).toMatchObject([{ what: expect.stringMatching(/the DNS is wrong/) }]);
});

test("the doctor says when the resolver proves nothing, or does not answer", async () => {
  expect(await resolverFindings(resolver)).toEqual([]);
  server.tell(". A", [], { isSecure: false });
  expect(await resolverFindings(resolver)).toMatchObject([{ what: expect.stringMatching(/it proves nothing/) }]);
  server.tell(". A", [], { rcode: "REFUSED" });
  expect(await resolverFindings(resolver)).toMatchObject([{ what: expect.stringMatching(/it does not answer/) }]);
});

test("the doctor compares what listeners show, and a certificate that cannot be read is a finding like others", async () => {
  const config = (tls: string) =>
    parseConfig(
      `
provider: { name: P, hostname: ${name}, supportAddress: help@p.example }
data: d
masterKeys: [{ id: 1, file: k }]
sites: [{ id: a, name: A, country: IT, jurisdiction: { it: I, en: I }, blobs: b }]
http: {}
mail: { tls: ${tls}, outbound: { mode: direct, dane: { resolver: "127.0.0.1:${server.port}" } } }
`,
      "x",
    );
  const pair = await generate([{ name: "commonName", value: name }], { keyType: "ec" });
  const issued = async (): Promise<ReadonlyMap<string, CertificatePair>> =>
    new Map([[name, { key: pair.private, cert: pair.cert }]]);
  const examine = (tls: string, read = issued) => mailDaneFindings(config(tls), read, new MemoryLogger());
  server.tell(". A", []);
  server.tell(question, [record(pair)]);
  expect(await examine("acme")).toEqual([]);
  server.tell(question, [record(shown)]);
  expect(await examine("acme")).toMatchObject([{ what: expect.stringMatching(/we show another certificate/) }]);
  expect(await examine("acme", async () => new Map())).toEqual([]);
  const unreadable = await examine("{ key: /nowhere/key.pem, cert: /nowhere/cert.pem }", async () => new Map());
  expect(unreadable).toMatchObject([{ where: "mail.tls", what: expect.stringMatching(/cannot be read/) }]);
});
