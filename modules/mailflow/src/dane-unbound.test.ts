import { createHash, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Unbound, type Zone } from "../../../tests/support/unbound.test-support.ts";
import { type DaneBed, newPair, openDaneBed, type Pair, sts } from "./dane.test-support.ts";

const server = "127.0.0.31";
let dane: DaneBed;
let unbound: Unbound;

beforeAll(async () => {
  const own = await newPair("nobody.example");
  const other = await newPair("nobody.example");
  dane = await openDaneBed([{ address: server, pair: own }], async (smtpPort) => {
    const zone = (name: string, is: Zone["is"], published: Pair): Zone => ({
      name,
      is,
      records: [...["@ IN MX 0 mx", `mx IN A ${server}`], `_${smtpPort}._tcp.mx IN TLSA 3 1 1 ${keyDigest(published)}`],
    });
    unbound = await Unbound.start([
      zone("right.test", "signed", own),
      zone("wrong.test", "signed", other),
      zone("spoilt.test", "spoilt", own),
      zone("open.test", "unsigned", other),
    ]);
    return unbound.port;
  });
});
afterAll(async () => {
  await dane?.close();
  await unbound?.stop();
});
beforeEach(() => {
  sts.policy = "";
});

const keyDigest = ({ cert }: Pair): string =>
  createHash("sha256")
    .update(new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");

const took = (to: string) => ({ heard: [`${server} from true`, `${server} took ${to}`], waits: null });

test("R60: by the distribution's validating resolver a record of a signed zone is used: its server gets the mail, another nothing", async () => {
  expect(await dane.send("ada@right.test")).toEqual(took("ada@right.test"));
  expect(await dane.send("ada@wrong.test")).toEqual({
    heard: [],
    waits: expect.stringMatching(/certificate is not the one that its domain publishes/),
  });
});

test("R60: by the distribution's validating resolver a record that was changed on the way stops the mail", async () => {
  expect(await dane.send("ada@spoilt.test")).toEqual({
    heard: [],
    waits: expect.stringMatching(/not to be believed/),
  });
});

test("by the distribution's validating resolver a record of a zone that nobody signed is ignored", async () => {
  expect(await dane.send("ada@open.test")).toEqual(took("ada@open.test"));
});
