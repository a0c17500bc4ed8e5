import { noDsn } from "@casaforte/smtp";
import { SMTPServer } from "smtp-server";
import { expect, test } from "vitest";
import { ada, bed, bob, client, mail, remote } from "./send.test-support.ts";
import { sendOverSmtp } from "./smtp-client.ts";
import { submitMessage } from "./submit-message.ts";

test("a name elsewhere keeps its letters, and one of ours is the same in any", async () => {
  await client().sendMail(mail({ to: ["reply+AbCdEf@Far.test", "Bob@Casa.test"], subject: "letters" }));
  await bed.drain();
  expect(remote.taken.map(({ to }) => to)).toEqual(["reply+AbCdEf@far.test"]);
  expect((await bed.messages(bob)).filter(({ raw }) => raw.includes("letters"))).toHaveLength(1);
});

test("one of ours written in two ways gets a message once", async () => {
  async function* message() {
    yield Buffer.from("From: ada@casa.test\r\nSubject: twice\r\n\r\nx\r\n");
  }
  await submitMessage(bed.services, {
    user: { tenantId: ada.tenantId, mailAccountId: ada.id, principalId: ada.id as never },
    sender: ada.address,
    recipients: ["BOB@casa.test", "bob@CASA.test"],
    message: message(),
    isOverSmtp: false,
  });
  await bed.drain();
  expect((await bed.messages(bob)).filter(({ raw }) => raw.includes("twice"))).toHaveLength(1);
});

test("what is larger than the next server takes fails at once", async () => {
  const server = new SMTPServer({
    size: 1_000,
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.server.address();
  const destination = {
    host: "127.0.0.1",
    port: typeof bound === "object" && bound ? bound.port : 0,
    requireTls: false,
  };
  const message = { sender: ada.address, sizeBytes: 5_000, dsn: noDsn };
  async function* read() {
    yield Buffer.from(`Subject: x\r\n\r\n${"y\r\n".repeat(1_600)}`);
  }
  const result = async (recipient: string) =>
    (await sendOverSmtp(destination, { ...message, recipient, read }, "mx.casa.test")).result;
  expect(await result("guest@far.test")).toMatchObject({ kind: "failed", status: "5.3.4" });
  message.sizeBytes = 500;
  expect(await result("<guest@far.test")).toMatchObject({ kind: "failed", status: "5.1.3" });
  await new Promise<void>((resolve) => server.close(resolve));
});
