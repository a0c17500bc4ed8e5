import { createSocket } from "node:dgram";
import { once } from "node:events";
import { SeededRandom } from "@casaforte/testkit";
import { type Answer, encode } from "dns-packet";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { NameServer } from "../../../tests/support/name-server.test-support.ts";
import { type DnsQuestion, readReply, writeQuestion } from "./dns-message.ts";
import { readResolverAddress, ValidatingResolver } from "./validating-resolver.ts";

const random = new SeededRandom(42);
let server: NameServer;
let resolver: ValidatingResolver;

beforeAll(async () => {
  server = await NameServer.start();
  resolver = new ValidatingResolver({ host: "127.0.0.1", port: server.port }, random);
});
afterAll(() => server?.close());
beforeEach(() => {
  server.said.clear();
  server.asked.length = 0;
  server.forge = null;
  server.deaf = 0;
});

const tlsaQuestion: DnsQuestion<"TLSA"> = { name: "_25._tcp.mx.test", type: "TLSA" };
const tlsa = (name: string, data = "0102"): Answer => ({
  ...{ type: "TLSA", name, ttl: 60 },
  data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from(data, "hex") },
});

test("a question asks for recursion and for proof, with room for an answer that no network cuts", () => {
  expect(Buffer.from(writeQuestion(0x1234, tlsaQuestion)).toString("hex")).toBe(
    [
      "1234 0120 0001 0000 0000 0001",
      "03 5f3235 04 5f746370 02 6d78 04 74657374 00 0034 0001",
      "00 0029 04d0 00 00 8000 0000",
    ]
      .join("")
      .replaceAll(" ", ""),
  );
});

test("an answer is read as it stands on the wire: names by pointer, aliases, signatures passed over", () => {
  const hex = [
    "1234 81a0 0001 0003 0002 0001",
    "03 5f3235 04 5f746370 02 6d78 04 74657374 00 0034 0001",
    // An alias to `_t.test`, its signature, and the record there.
    "c00c 0005 0001 0000003c 0005 02 5f74 c018",
    "c00c 002e 0001 0000003c 001a 0005 08 04 0000003c 70000000 60000000 1234 04 74657374 00 aabb",
    "c02e 0034 0001 0000003c 0005 03 01 01 beef",
    // An authority section that nobody could read.
    "ffffffffffffffff",
  ];
  const message = Buffer.from(hex.join("").replaceAll(" ", ""), "hex");
  expect(readReply(message, 0x1234, tlsaQuestion)).toEqual({
    kind: "secure",
    name: "_t.test",
    records: [{ usage: 3, selector: 1, matchingType: 1, data: Uint8Array.of(0xbe, 0xef) }],
  });
});

/** What unbound 1.17 answered for zones signed with ldns-signzone, one of them with a signature that was changed since. */
const fromUnbound = {
  tlsa: [
    "123481a00001000200000001035f3235045f746370026d7805746872656504746573740000340001c00c003400010000003c",
    "00230301010123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefc00c002e00010000003c005e00",
    "340d050000003c6b31755c6b0c8b5cc23005746872656504746573740002168d354a1d52adf0634e83bb2be74f2700e8c06a",
    "faa48e4c20416fe08232692363894a938579e69ef547d09926d42b6126faf3224c8bcaa9338dbe54bf6df000002904d00000",
    "80000000",
  ].join(""),
  none: [
    "123481a30001000000060001035f3235045f746370026e7305746872656504746573740000340001c018000600010000003c",
    "001ac0150168c018000000010000003c0000003c0000003c0000003cc018002e00010000003c005e00060d020000003c6b31",
    "755c6b0c8b5cc2300574687265650474657374000a5b42d0af9eaf6feee1b02cf9780a7c529eb9bcbb02df73165a1f3b239d",
    "53240cd1af77f5db1ec04cce263c6f037463f1b040f03e5d7d457e6f8a58ba3e630d2071736769646872303368687137626a",
    "767468397071626963397638726f367264c018003200010000003c0022010000010014e5bcec81a417df2fdf5314ccc8934d",
    "21f2c094870006400000000002c0b8002e00010000003c005e00320d030000003c6b31755c6b0c8b5cc23005746872656504",
    "74657374006e60acbf1dc04d5bc194767179f05657f329d911aef7a8d797043c84317ab5d256360627b81e5bac4dfad0ceb3",
    "179f727cffbf262db6a8e40d4386da982f313e20736d75657030643432766669766e716a326a366368347164343770633135",
    "3437c018003200010000003c00230100000100145bbe699e3bad334a8695bd65869cc32fc8bb65a4000700000000000208c1",
    "71002e00010000003c005e00320d030000003c6b31755c6b0c8b5cc2300574687265650474657374006678bf6875a950be4d",
    "0c3de6498da616215065014fab0ebcf0366781d69ff8ed0e97577bc73bb680bd6ead8fc9e727f28450c724bdf7f477ed57eb",
    "7d1f46c5fd00002904d0000080000000",
  ].join(""),
  bogus: ["123481820001000000000001035f3235045f746370026d78036261640474657374000034000100002904d0000080000000"].join(
    "",
  ),
  long: [
    "123483a00001000000000001035f3235045f7463700362696704676f6f640474657374000034000100002904d00000800000",
    "00",
  ].join(""),
};

test("what a resolver in use says is read: proven, proven to be none, not to be believed, too long", () => {
  const read = (hex: string, name: string) => readReply(Buffer.from(hex, "hex"), 0x1234, { name, type: "TLSA" });
  const data = Uint8Array.from(Buffer.from("0123456789abcdef".repeat(4), "hex"));
  expect(read(fromUnbound.tlsa, "_25._tcp.mx.three.test")).toEqual({
    ...{ kind: "secure", name: "_25._tcp.mx.three.test" },
    records: [{ usage: 3, selector: 1, matchingType: 1, data }],
  });
  expect(read(fromUnbound.none, "_25._tcp.ns.three.test")).toMatchObject({ kind: "secure", records: [] });
  expect(read(fromUnbound.bogus, "_25._tcp.mx.bad.test")).toEqual({ kind: "bogus" });
  expect(read(fromUnbound.long, "_25._tcp.big.good.test")).toEqual({ kind: "truncated" });
});

test("R60: no bytes of any kind are read as an answer to another question, and none throw", () => {
  const whole = encode({
    ...{ type: "response", id: 7, flags: 0x01a0, questions: [{ ...tlsaQuestion, class: "IN" }] },
    answers: [tlsa("_25._tcp.mx.test"), tlsa("_25._tcp.MX.test", "ff".repeat(64))],
  });
  const read = (message: Uint8Array) => readReply(message, 7, tlsaQuestion);
  expect(read(whole)).toMatchObject({ kind: "secure", records: [{ usage: 3 }, { usage: 3 }] });
  expect(readReply(whole, 8, tlsaQuestion)).toBeNull();
  expect(readReply(whole, 7, { ...tlsaQuestion, name: "_25._tcp.my.test" })).toBeNull();
  expect(readReply(whole, 7, { ...tlsaQuestion, type: "A" })).toBeNull();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(readReply(bytes, 0x0707, tlsaQuestion)).toBeNull();
    }),
  );
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), fc.nat(whole.length), (changes, length) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      const reply = read(bytes.subarray(0, length));
      if (reply !== null && "records" in reply) expect(reply.records.length).toBeLessThanOrEqual(2);
    }),
    { numRuns: 1_000 },
  );
});

test("proven, unsigned, none and wrong are told apart", async () => {
  server.tell("mx.test A", [{ type: "A", name: "mx.test", data: "192.0.2.1" }]);
  expect(await resolver.ask("MX.test", "A")).toEqual({ kind: "secure", name: "mx.test", records: ["192.0.2.1"] });
  server.tell("mx.test AAAA", [{ type: "AAAA", name: "mx.test", data: "2001:db8::1" }], { isSecure: false });
  expect(await resolver.ask("mx.test", "AAAA")).toMatchObject({ kind: "insecure", records: ["2001:db8::1"] });
  server.tell("no.test MX", [], { rcode: "NXDOMAIN" });
  expect(await resolver.ask("no.test", "MX")).toEqual({ kind: "secure", name: "no.test", records: [] });
  expect(await resolver.ask("mx.test", "TLSA")).toEqual({ kind: "secure", name: "mx.test", records: [] });
  server.tell("bad.test A", [], { rcode: "SERVFAIL" });
  expect(await resolver.ask("bad.test", "A")).toEqual({ kind: "bogus" });
  server.tell("shut.test A", [], { rcode: "REFUSED" });
  await expect(resolver.ask("shut.test", "A")).rejects.toMatchObject({ code: "net.no_answer" });
  const asked = server.asked.length;
  expect(await resolver.ask("a b.test", "A")).toMatchObject({ kind: "insecure", records: [] });
  expect(await resolver.ask(`${"x".repeat(64)}.test`, "A")).toMatchObject({ records: [] });
  expect(server.asked.length).toBe(asked);
  server.tell("xn--m-eha.test MX", [
    { type: "MX", name: "xn--m-eha.test", data: { preference: 5, exchange: "Mx.Test" } },
  ]);
  expect(await resolver.ask("mü.test", "MX")).toMatchObject({ records: [{ exchange: "mx.test", priority: 5 }] });
});

test("an alias is followed to its end, and a circle of them ends", async () => {
  server.tell("a.test A", [
    { type: "CNAME", name: "a.test", data: "B.test" },
    { type: "A", name: "other.test", data: "192.0.2.9" },
    { type: "A", name: "b.test", data: "192.0.2.2" },
  ]);
  expect(await resolver.ask("a.test", "A")).toEqual({ kind: "secure", name: "b.test", records: ["192.0.2.2"] });
  expect(await resolver.ask("a.test", "CNAME")).toMatchObject({ records: [] });
  server.tell("c.test A", [
    { type: "CNAME", name: "c.test", data: "d.test" },
    { type: "CNAME", name: "d.test", data: "c.test" },
  ]);
  expect(await resolver.ask("c.test", "A")).toMatchObject({ records: [] });
});

test("an answer that does not fit comes over TCP, in whatever pieces", async () => {
  const records = Array.from({ length: 60 }, (_, n) => tlsa("_25._tcp.mx.test", n.toString(16).padStart(128, "0")));
  server.tell("_25._tcp.mx.test TLSA", records, { isLong: true });
  const answer = await resolver.ask("_25._tcp.mx.test", "TLSA");
  expect(answer).toMatchObject({ kind: "secure" });
  expect("records" in answer && answer.records.length).toBe(60);
  expect(server.asked).toEqual(["udp _25._tcp.mx.test TLSA", "tcp _25._tcp.mx.test TLSA"]);
});

test("a lost question is asked again; what is no answer to it, or comes from elsewhere, is waited past", async () => {
  server.tell("mx.test A", [{ type: "A", name: "mx.test", data: "192.0.2.1" }]);
  server.forge = (answer) => {
    const otherId = Buffer.from(answer);
    otherId.writeUInt16BE(otherId.readUInt16BE(0) ^ 1, 0);
    const question = Buffer.from(answer);
    question.writeUInt16BE(answer.readUInt16BE(2) & 0x7fff, 2);
    const evil = encode({
      ...{ type: "response", id: answer.readUInt16BE(0), flags: 0x01a0 },
      questions: [{ type: "A", name: "my.test" }],
      answers: [{ type: "A", name: "mx.test", data: "198.51.100.66" }],
    });
    return [otherId, question, evil, Buffer.from("no message")];
  };
  expect(await resolver.ask("mx.test", "A")).toMatchObject({ records: ["192.0.2.1"] });
  server.forge = null;
  server.deaf = 1;
  server.asked.length = 0;
  expect(await resolver.ask("mx.test", "A")).toMatchObject({ records: ["192.0.2.1"] });
  expect(server.asked).toHaveLength(2);
});

test("each question has an id and a port of its own", async () => {
  const seen: { id: number; port: number }[] = [];
  const listener = createSocket("udp4");
  listener.on("message", (message, { port, address }) => {
    seen.push({ id: message.readUInt16BE(0), port });
    const answer = Buffer.from(message.subarray(0, message.length));
    answer.writeUInt16BE(0x8180, 2);
    listener.send(answer, port, address);
  });
  listener.bind(0, "127.0.0.1");
  await once(listener, "listening");
  const asking = new ValidatingResolver({ host: "127.0.0.1", port: listener.address().port }, random);
  await Promise.all(Array.from({ length: 12 }, () => asking.ask("mx.test", "A")));
  listener.close();
  expect(new Set(seen.map(({ id }) => id)).size).toBeGreaterThan(10);
  expect(new Set(seen.map(({ port }) => port)).size).toBe(12);
});

test("whoever waits for a silent resolver may stop waiting, and nobody there is told at once", async () => {
  server.deaf = 10;
  const waiting = new AbortController();
  const asked = resolver.ask("mx.test", "A", waiting.signal);
  waiting.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
  await expect(resolver.ask("mx.test", "A", AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  const nobody = createSocket("udp4").bind(0, "127.0.0.1");
  await once(nobody, "listening");
  const { port } = nobody.address();
  nobody.close();
  await once(nobody, "close");
  const away = new ValidatingResolver({ host: "127.0.0.1", port }, random);
  await expect(away.ask("mx.test", "A")).rejects.toMatchObject({ kind: "unavailable", code: "net.no_answer" });
});

test("a resolver is given by its address, with a port or without", () => {
  const texts = [
    "127.0.0.1",
    "10.0.0.2:5353",
    "::1",
    "[fd00::1]:54",
    "unbound",
    "10.0.0.2:0",
    "[::1]",
    "1.2.3.4:70000",
  ];
  expect(texts.map(readResolverAddress)).toEqual([
    { host: "127.0.0.1", port: 53 },
    { host: "10.0.0.2", port: 5353 },
    { host: "::1", port: 53 },
    { host: "fd00::1", port: 54 },
    ...Array(4).fill(null),
  ]);
});
