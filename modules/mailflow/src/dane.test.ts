import { providerTenantId } from "@casaforte/kernel";
import type { Answer } from "dns-packet";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type DaneBed, newPair, openDaneBed, type Pair, sts, tlsaOf } from "./dane.test-support.ts";
import { judgeCertificates, usableRecords } from "./dane.ts";

const own = "127.0.0.21";
const signed = "127.0.0.22";
const misnamed = "127.0.0.23";
const ofDomain = "127.0.0.24";
const clear = "127.0.0.25";
const impostor = "127.0.0.26";

let dane: DaneBed;
let pairs: Record<"own" | "root" | "middle" | "signed" | "misnamed" | "ofDomain" | "impostor", Pair>;

beforeAll(async () => {
  const root = await newPair("root", { isAuthority: true });
  const middle = await newPair("middle", { isAuthority: true, by: root });
  const falseMiddle = await newPair("middle", { isAuthority: true, by: await newPair("root", { isAuthority: true }) });
  pairs = {
    ...{ root, middle },
    own: await newPair("nobody.example", { isOver: true }),
    signed: await newPair("mx.far.test", { by: middle }),
    misnamed: await newPair("other.example", { by: middle }),
    ofDomain: await newPair("far.test", { by: middle }),
    // Shows the true authority beside a certificate that another of its name has signed.
    impostor: await newPair("mx.far.test", { by: falseMiddle }),
  };
  const shown = ({ key, cert }: Pair) => ({ key, cert: `${cert}\n${middle.cert}` });
  dane = await openDaneBed([
    { address: own, pair: pairs.own },
    { address: signed, pair: shown(pairs.signed) },
    { address: misnamed, pair: shown(pairs.misnamed) },
    { address: ofDomain, pair: shown(pairs.ofDomain) },
    { address: clear },
    { address: impostor, pair: shown(pairs.impostor) },
  ]);
});
afterAll(() => dane?.close());
beforeEach(() => {
  dane.names.said.clear();
  dane.names.asked.length = 0;
  sts.policy = "";
});

const mx = (...exchanges: string[]): Answer[] =>
  exchanges.map((exchange, preference) => ({ type: "MX", name: "far.test", data: { preference, exchange } }));
const a = (name: string, data: string): Answer => ({ type: "A", name, data });
const base = (host: string) => `_${dane.port}._tcp.${host}`;

/** The domain far.test in a signed zone: one exchange at that address, with these records. */
function publish(address: string, records: (name: string) => Answer[]): void {
  dane.names.tell("far.test MX", mx("mx.far.test"));
  dane.names.tell("mx.far.test A", [a("mx.far.test", address)]);
  dane.names.tell(`${base("mx.far.test")} TLSA`, records(base("mx.far.test")));
}

let mails = 0;
const send = () => dane.send(`to${++mails}@far.test`);
const took = (address: string) => [`${address} from true`, `${address} took to${mails}@far.test`];
const another = /certificate is not the one that its domain publishes/;

test.each([
  [3, 1, 1],
  [3, 0, 2],
  [3, 1, 0],
] as [number, number, number][])(
  "a certificate that the domain publishes as %i %i %i is its server's, whatever names and dates it bears",
  async (...numbers) => {
    publish(own, (name) => [tlsaOf(name, [3, 1, 1], pairs.root), tlsaOf(name, numbers, pairs.own)]);
    expect(await send()).toEqual({ heard: took(own), waits: null });
  },
);

test("R60: another certificate than the published one is told nothing of the message, which waits or takes the next exchange", async () => {
  publish(signed, (name) => [tlsaOf(name, [3, 1, 1], pairs.own)]);
  expect(await send()).toEqual({ heard: [], waits: expect.stringMatching(another) });
  dane.names.tell("far.test MX", mx("mx.far.test", "second.far.test"));
  dane.names.tell("second.far.test A", [a("second.far.test", own)]);
  dane.names.tell(`${base("second.far.test")} TLSA`, [tlsaOf(base("second.far.test"), [3, 0, 1], pairs.own)]);
  expect(await send()).toEqual({ heard: took(own), waits: null });
});

test.each([
  ["in the middle, by its key", [2, 1, 1], "middle"],
  ["in the middle, by its certificate", [2, 0, 2], "middle"],
  ["at the root, whole in the DNS and not shown by the server", [2, 0, 0], "root"],
] as [string, [number, number, number], "middle" | "root"][])(
  "R60: a certificate of the published authority %s is taken for the server's name or the domain's, and for no other",
  async (_where, numbers, authority) => {
    const records = (name: string) => [tlsaOf(name, numbers, pairs[authority])];
    publish(signed, records);
    expect(await send()).toEqual({ heard: took(signed), waits: null });
    publish(ofDomain, records);
    expect(await send()).toEqual({ heard: took(ofDomain), waits: null });
    publish(misnamed, records);
    expect(await send()).toEqual({ heard: [], waits: expect.stringMatching(/not in the cert's altnames/i) });
    publish(impostor, records);
    expect(await send()).toMatchObject({ heard: [], waits: expect.stringMatching(/certificate/) });
    publish(own, records);
    expect(await send()).toMatchObject({ heard: [] });
  },
);

test("R60: a server that offers no encryption gets nothing where records are published, usable or not", async () => {
  publish(clear, (name) => [tlsaOf(name, [3, 1, 1], pairs.own)]);
  expect(await send()).toMatchObject({ heard: [], waits: expect.any(String) });
  publish(clear, (name) => [tlsaOf(name, [1, 1, 1], pairs.own)]);
  expect(await send()).toMatchObject({ heard: [], waits: expect.any(String) });
  publish(clear, () => []);
  expect((await send()).heard[0]).toBe(`${clear} from false`);
});

test("records that SMTP cannot use ask for encryption alone", async () => {
  publish(own, (name) => [tlsaOf(name, [1, 1, 1], pairs.root), tlsaOf(name, [0, 0, 1], pairs.root)]);
  expect(await send()).toEqual({ heard: took(own), waits: null });
});

test("R60: a server of whose records the DNS is wrong is not called; the next is, or the mail waits", async () => {
  publish(own, () => []);
  dane.names.tell(`${base("mx.far.test")} TLSA`, [], { rcode: "SERVFAIL" });
  expect(await send()).toEqual({ heard: [], waits: expect.stringMatching(/not to be believed/) });
  dane.names.tell("far.test MX", mx("mx.far.test", "second.far.test"));
  dane.names.tell("second.far.test A", [a("second.far.test", signed)]);
  expect(await send()).toEqual({ heard: took(signed), waits: null });
  for (const question of ["far.test MX", "mx.far.test A"]) {
    publish(own, () => []);
    dane.names.tell("mx.far.test AAAA", [], { rcode: "SERVFAIL" });
    dane.names.tell(question, [], { rcode: "SERVFAIL" });
    expect(await send(), question).toEqual({ heard: [], waits: expect.stringMatching(/the DNS does not answer/) });
  }
});

test("R60: records count only where DNSSEC leads to them all the way", async () => {
  for (const question of ["far.test MX", "mx.far.test A", `${base("mx.far.test")} TLSA`]) {
    publish(own, (name) => [tlsaOf(name, [3, 1, 1], pairs.root)]);
    dane.names.tell(question, dane.names.said.get(question)?.records ?? [], { isSecure: false });
    expect(await send(), question).toEqual({ heard: took(own), waits: null });
  }
});

test("an exchange that is an alias has its records at the alias's end, or else at its own name", async () => {
  dane.names.tell("far.test MX", mx("mx.far.test"));
  const alias: Answer[] = [{ type: "CNAME", name: "mx.far.test", data: "host.far.test" }, a("host.far.test", own)];
  dane.names.tell("mx.far.test A", alias);
  for (const host of ["host.far.test", "mx.far.test"]) {
    dane.names.tell(`${base(host)} TLSA`, [tlsaOf(base(host), [3, 1, 1], pairs.root)]);
    expect(await send(), host).toMatchObject({ heard: [], waits: expect.stringMatching(another) });
    dane.names.said.delete(`${base(host)} TLSA`);
  }
  // The end's zone is not signed, but the alias is.
  dane.names.tell("mx.far.test A", alias, { isSecure: false });
  dane.names.tell("mx.far.test AAAA", alias.slice(0, 1), { isSecure: false });
  dane.names.tell("mx.far.test CNAME", alias.slice(0, 1));
  dane.names.tell(`${base("mx.far.test")} TLSA`, [tlsaOf(base("mx.far.test"), [3, 1, 1], pairs.root)]);
  expect(await send()).toMatchObject({ heard: [], waits: expect.stringMatching(another) });
});

test("a domain that is proven to have no exchange is held to the records of its own name", async () => {
  dane.names.tell("far.test A", [a("far.test", own)]);
  dane.names.tell(`${base("far.test")} TLSA`, [tlsaOf(base("far.test"), [3, 1, 1], pairs.root)]);
  expect(await send()).toMatchObject({ heard: [], waits: expect.stringMatching(another) });
  dane.names.tell(`${base("far.test")} TLSA`, [tlsaOf(base("far.test"), [3, 1, 1], pairs.own)]);
  expect(await send()).toEqual({ heard: took(own), waits: null });
});

test("more records than a datagram holds are read over TCP", async () => {
  publish(own, () => []);
  const others = Array.from({ length: 18 }, () => tlsaOf(base("mx.far.test"), [3, 1, 2], pairs.root));
  const records = [...others, tlsaOf(base("mx.far.test"), [3, 0, 1], pairs.own)];
  dane.names.tell(`${base("mx.far.test")} TLSA`, records, { isLong: true });
  expect(await send()).toEqual({ heard: took(own), waits: null });
  expect(dane.names.asked).toContain(`tcp ${base("mx.far.test")} TLSA`);
});

test("what the DNS proves goes before an MTA-STS policy, both ways", async () => {
  sts.policy = "version: STSv1\nmode: enforce\nmx: elsewhere.far.test\nmax_age: 86400\n";
  publish(own, (name) => [tlsaOf(name, [3, 1, 1], pairs.own)]);
  expect(await send()).toEqual({ heard: took(own), waits: null });
  sts.policy = "version: STSv1\nmode: enforce\nmx: mx.far.test\nmax_age: 86400\n";
  publish(own, (name) => [tlsaOf(name, [3, 1, 1], pairs.root)]);
  expect(await send()).toMatchObject({ heard: [], waits: expect.stringMatching(another) });
  // Records that cannot be used prove nothing: the policy stands.
  publish(own, (name) => [tlsaOf(name, [1, 1, 1], pairs.own)]);
  expect(await send()).toMatchObject({ heard: [], waits: expect.any(String) });
  // The policy is kept until it expires.
  await dane.bed.clock.advance(2 * 86_400_000);
});

test("sessions under TLSA records are counted for the domain's TLS report, with what was wrong", async () => {
  const { bed } = dane;
  await bed.database.db.tenant(providerTenantId, ({ sql }) => sql`delete from mailflow_report_counts`);
  publish(own, (name) => [tlsaOf(name, [3, 1, 1], pairs.own)]);
  await send();
  publish(own, (name) => [tlsaOf(name, [3, 1, 1], pairs.root)]);
  await send();
  publish(misnamed, (name) => [tlsaOf(name, [2, 1, 1], pairs.middle)]);
  await send();
  publish(own, (name) => [tlsaOf(name, [1, 1, 1], pairs.own)]);
  await send();
  publish(own, () => []);
  dane.names.tell(`${base("mx.far.test")} TLSA`, [], { rcode: "SERVFAIL" });
  await send();
  publish(clear, (name) => [tlsaOf(name, [3, 1, 1], pairs.own)]);
  await send();
  const counted = await bed.database.db.tenant(
    providerTenantId,
    ({ sql }) => sql<{ line: Record<string, unknown> }[]>`
      select line from mailflow_report_counts where domain = 'far.test' order by line->>'failure'`,
  );
  const told = counted.map(({ line }) => [line["policyType"], line["failure"], line["exchange"], line["base"]]);
  expect(told).toEqual(
    [
      "certificate-host-mismatch",
      "dnssec-invalid",
      "starttls-not-supported",
      "tlsa-invalid",
      "validation-failure",
      null,
    ].map((failure) => ["tlsa", failure, failure === null ? "" : "mx.far.test", "mx.far.test"]),
  );
  const policies = counted.map(({ line }) => String(line["policy"]));
  expect(policies[0]).toMatch(/^2 1 1 [0-9A-F]{64}$/);
  expect(policies[1]).toBe("");
});

test("no record but one that the certificate is of makes it the server's, whatever the others say", () => {
  const record = fc.record({
    usage: fc.nat(4),
    selector: fc.nat(2),
    matchingType: fc.nat(3),
    data: fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: 32, maxLength: 32 })),
  });
  const certificate = Buffer.from(pairs.own.cert.replace(/-----.*-----|\s/g, ""), "base64");
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (records) => {
      const usable = usableRecords(records);
      expect(usable.every(({ usage, selector }) => (usage === 2 || usage === 3) && selector < 2)).toBe(true);
      expect(judgeCertificates(usable, [certificate])).toEqual({ kind: "unmatched" });
    }),
  );
  const of = (matchingType: number) => ({
    usage: 3,
    selector: 1,
    matchingType,
    data: new Uint8Array(matchingType * 32),
  });
  expect(usableRecords([of(1), of(2), { ...of(1), selector: 0 }])).toEqual([of(2), { ...of(1), selector: 0 }]);
});
