import { addAddress } from "@casaforte/modules/domains";
import { activateScript, putScript, setVacation } from "@casaforte/modules/sieve";
import nodemailer from "nodemailer";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { mailflowLimits } from "./limits.ts";
import { system, type TestAccount } from "./mailflow-testbed.ts";
import { ada, bed, bob, remote } from "./send.test-support.ts";

const writer = "writer@elsewhere.test";
let catcher: TestAccount;
beforeAll(async () => {
  catcher = await bed.newAccount("catcher@casa.test");
  await bed.services.db.tenant(ada.tenantId, async (tx) => {
    const add = (input: Parameters<typeof addAddress>[2]) => addAddress(tx, system, input, bed.services);
    await add({ kind: "forward", address: "away@casa.test", forwardTo: ["nobody@far.test"] });
    // What nobody is meant by lands with a stranger.
    await add({ kind: "catch_all", address: "@casa.test", mailAccountId: catcher.id });
  });
});
beforeEach(() => {
  remote.unknown = ["nobody@far.test"];
});

async function write(to: string, from = writer, header = to): Promise<void> {
  await nodemailer
    .createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true })
    .sendMail({ envelope: { from, to }, from, to: header, subject: "lost", text: "x" });
  await bed.drain();
}
const told = () => remote.taken.filter(({ to }) => to === writer);

test("who wrote to a forward is told when the next server refuses, and nobody else", async () => {
  await write("away@casa.test");
  expect(told()).toMatchObject([{ from: "", raw: expect.stringContaining("550 5.1.1 no such user here") }]);
  expect(told()[0]?.raw).toMatch(/^To: .*writer@elsewhere\.test/m);
  expect(await bed.messages(catcher)).toEqual([]);
});

test("who wrote to a forward is told when its days are over", async () => {
  remote.unknown = [];
  remote.rcpt = "450 4.2.0 later";
  await write("away@casa.test");
  await bed.clock.advance(mailflowLimits.patienceMs);
  await bed.drain();
  remote.rcpt = null;
  await bed.clock.advance(mailflowLimits.retryMaxMs);
  await bed.drain();
  expect(told()).toMatchObject([{ from: "", raw: expect.stringContaining("Status: 4.4.7") }]);
});

test("who wrote to one whose rules pass mail on is told as well, here as elsewhere", async () => {
  await bed.services.db.tenant(ada.tenantId, async (tx) => {
    await putScript(tx, system, { accountId: ada.id, name: "s", content: 'redirect "nobody@far.test";' }, bed.services);
    await activateScript(tx, system, { accountId: ada.id, name: "s" });
  });
  await write(ada.address);
  expect(told()).toMatchObject([{ from: "", raw: expect.stringContaining("no such user here") }]);
  await write(ada.address, bob.address);
  expect(await bed.messages(bob)).toMatchObject([{ raw: expect.stringContaining("no such user here") }]);
  expect(await bed.messages(catcher)).toEqual([]);
});

test("an absent owner behind a forward answers who wrote to it", async () => {
  await bed.newTenant("absent.test");
  const absent = await bed.newAccount("owner@absent.test");
  const vacation = { isEnabled: true, subject: null, textBody: "Away.", htmlBody: null, fromAt: null, untilAt: null };
  await bed.services.db.tenant(absent.tenantId, (tx) =>
    setVacation(tx, system, { accountId: absent.id, vacation }, bed.services),
  );
  await bed.services.db.tenant(ada.tenantId, (tx) =>
    addAddress(
      tx,
      system,
      { kind: "forward", address: "over@casa.test", forwardTo: ["owner@absent.test"] },
      bed.services,
    ),
  );
  await write("over@casa.test", writer, absent.address);
  expect(await bed.messages(absent)).toHaveLength(1);
  expect(told()).toMatchObject([{ from: "", raw: expect.stringContaining("Away.") }]);
  expect(await bed.messages(catcher)).toEqual([]);
});
