import { activateScript, putScript } from "@casaforte/modules/sieve";
import nodemailer from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
const zone: Record<string, string> = { "proven.test": "v=spf1 +all", "forged.test": "v=spf1 -all" };
beforeAll(async () => {
  bed = await openMailflowTestbed((services) => ({
    ...services,
    authResolver: async (name, type) => {
      const text = type === "TXT" ? zone[name] : undefined;
      if (text === undefined) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      return [[text]];
    },
    contentFilter: async ({ message }) => {
      let text = "";
      for await (const part of message) text += Buffer.from(part).toString();
      return { part: text.includes("FILTER-SPAM") ? 2 : 0, action: "accept", text: "rspamd x" };
    },
  }));
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  await bed.services.db.tenant(ada.tenantId, async (tx) => {
    const content = 'require ["reject"]; reject "I do not want this";';
    await putScript(tx, system, { accountId: ada.id, name: "s", content }, bed.services);
    await activateScript(tx, system, { accountId: ada.id, name: "s" });
  });
});
afterAll(() => bed?.close());

async function write(from: string, text: string): Promise<void> {
  await nodemailer
    .createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true })
    .sendMail({ envelope: { from, to: ada.address }, from, to: ada.address, subject: text, text });
}
const told = async () => {
  const rows = await bed.database.db.operator(
    (tx) => tx.sql<{ recipient: string }[]>`select recipient from mailflow_queue order by recipient`,
  );
  return rows.map(({ recipient }) => recipient);
};
const held = async () =>
  (await bed.messages(ada)).map(({ role, raw }) => `${role}: ${/^Subject: (.*)$/m.exec(raw)?.[1]?.trim()}`);

test("what an owner refuses is told to a sender who is proven, and is filed where the sender may be forged or it is spam", async () => {
  await write("writer@proven.test", "unwanted");
  await write("victim@forged.test", "forged");
  await write("spf=pass@forged.test", "forged with a word");
  await write("victim@nothing.test", "unproven");
  await write("spammer@proven.test", "FILTER-SPAM");
  expect(await told()).toEqual(["writer@proven.test"]);
  expect((await held()).toSorted()).toEqual([
    "inbox: forged",
    "inbox: forged with a word",
    "inbox: unproven",
    "junk: FILTER-SPAM",
  ]);
});
