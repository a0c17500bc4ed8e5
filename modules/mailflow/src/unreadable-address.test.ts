import { addAddress } from "@casaforte/modules/domains";
import { activateScript, putScript } from "@casaforte/modules/sieve";
import nodemailer from "nodemailer";
import { describe, expect, test } from "vitest";
import { mailflowLimits } from "./limits.ts";
import { system, type TestAccount } from "./mailflow-testbed.ts";
import { resolveRecipient } from "./mx-backend.ts";
import { ada, bed, bob, client, mail, queue, remote } from "./send.test-support.ts";
import { rewriteSender } from "./srs.ts";
import { openIntake } from "./store-arrival.ts";

const use = (account: TestAccount, content: string) =>
  bed.services.db.tenant(account.tenantId, async (tx) => {
    await putScript(tx, system, { accountId: account.id, name: "s", content }, bed.services);
    await activateScript(tx, system, { accountId: account.id, name: "s" });
  });
async function write(from: string, to = ada.address): Promise<void> {
  await nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true }).sendMail({
    envelope: { from, to },
    from: "w@elsewhere.test",
    to,
    subject: "x",
    text: "x",
  });
  await bed.drain();
}

test("a message that can never be tried comes back when its days are over", async () => {
  await client().sendMail(mail({ to: bob.address, subject: "lost in the store" }));
  const [row] = await bed.database.db.operator(
    (tx) => tx.sql<{ blob_id: string }[]>`select blob_id from mailflow_outgoing o
      join mailflow_queue q on q.tenant_id = o.tenant_id and q.outgoing_id = o.id
      where q.recipient = ${bob.address} and q.state = 'waiting'`,
  );
  await bed.services.blobs.delete(ada.tenantId, row?.blob_id as never);
  const before = (await bed.messages(ada)).length;
  const waiting = async () => (await queue(bob.address)).some(({ state }) => state === "waiting");
  await bed.drain();
  expect(await waiting()).toBe(true);
  const rounds = (2 * mailflowLimits.patienceMs) / mailflowLimits.retryMaxMs;
  for (let round = 0; round < rounds && (await waiting()); round++) {
    await bed.clock.advance(mailflowLimits.retryMaxMs);
    await bed.sweep();
    await bed.drain();
  }
  expect(await waiting()).toBe(false);
  await bed.drain();
  const reports = (await bed.messages(ada)).slice(before).map(({ raw }) => raw);
  expect(reports.at(-1)).toContain(`Final-Recipient: rfc822; ${bob.address}`);
  expect(reports.at(-1)).toContain("Status: 4.4.7");
});

describe("an address that is none of ours", () => {
  test("is forwarded to in the case in which it is written, and a colleague in whichever", async () => {
    const colleague = await bed.newAccount("carl@casa.test");
    const forwardTo = ["Taro@Docomo.test", "CARL@casa.test"];
    await bed.services.db.tenant(ada.tenantId, (tx) =>
      addAddress(tx, system, { kind: "forward", address: "away@casa.test", forwardTo }, bed.services),
    );
    await write("writer@elsewhere.test", "away@casa.test");
    expect(remote.taken.map(({ to }) => to)).toEqual(["Taro@docomo.test"]);
    expect(await bed.messages(colleague)).toHaveLength(1);
  });

  test("in a domain of other letters is passed on to by the name that DNS has (RFC 5890)", async () => {
    await use(ada, 'redirect "Taro@Müller.test";');
    await write("writer@elsewhere.test");
    expect(await queue("Taro@xn--mller-kva.test")).toMatchObject([{ state: "sent" }]);
  });

  test.each(["friend@localhost", "friend@[192.0.2.1]"])(
    "%s, where rules pass mail on, fails at once and its sender is told",
    async (to) => {
      await use(ada, `redirect "${to}";`);
      await write("writer@elsewhere.test");
      expect(await queue(to)).toMatchObject([{ state: "failed", last_reply: expect.stringContaining("5.1.3") }]);
      expect(remote.taken).toMatchObject([{ from: "", to: "writer@elsewhere.test" }]);
      expect(remote.taken[0]?.raw).toContain("Status: 5.1.3");
    },
  );

  test("a name elsewhere that none of ours may be like is not judged here", async () => {
    await use(ada, 'redirect "ta..ro@docomo.test";');
    await write("writer@elsewhere.test");
    expect(remote.taken.map(({ to }) => to)).toEqual(["ta..ro@docomo.test"]);
  });

  test.each(["ta..ro@docomo.test", '"taro"@docomo.test'])(
    "a bounce of what was passed on for %s goes back, though none of ours may have that name",
    async (sender) => {
      const { services } = bed;
      const to = rewriteSender(sender, "casa.test", services.secretKey, services.clock.nowMs());
      const resolve = (from: string) =>
        resolveRecipient(services, openIntake(services).rooms, to, { address: from, sizeBytes: null });
      expect(await resolve("")).toMatchObject({ tenantId: ada.tenantId, accounts: [], forwards: [sender] });
      await expect(resolve("stranger@elsewhere.test")).rejects.toMatchObject({ code: "smtp.bad_recipient" });
    },
  );

  test("one that nobody can have in a domain of ours is unknown", async () => {
    await use(ada, 'redirect "a..b@casa.test";');
    await write(bob.address);
    expect(await queue("a..b@casa.test")).toMatchObject([
      { state: "failed", last_reply: expect.stringContaining("5.1.1") },
    ]);
    expect(await bed.messages(bob)).toMatchObject([{ raw: expect.stringContaining("Status: 5.1.1") }]);
  });
});
