import { expect, test } from "vitest";
import type { Email, EmailBody, Identity } from "../jmap/types.ts";
import { ownAddresses, type ReplyKind, replyStart } from "./reply.ts";
import { writeAs } from "./write-as.ts";

const identity = (email: string, more: Partial<Identity> = {}): Identity => ({
  id: email,
  name: "Ada",
  email,
  replyTo: null,
  bcc: null,
  sender: null,
  textSignature: "",
  htmlSignature: "",
  ...more,
});
const at = (email: string) => ({ name: null, email });

test("a draft asks for answers and gives blind copies where its identity says so, and changes them with its sender", () => {
  const office = identity("office@example.test", {
    replyTo: [at("desk@example.test")],
    bcc: [at("archive@example.test")],
  });
  const plain = identity("ada@example.test");
  const first = writeAs(office, null);
  expect(first).toEqual({
    from: { name: "Ada", email: "office@example.test" },
    sender: null,
    replyTo: [at("desk@example.test")],
    bcc: [at("archive@example.test")],
  });
  const bcc = [...first.bcc, at("boss@example.test")];
  const second = writeAs(plain, { identity: office, bcc });
  expect([second.replyTo, second.bcc]).toEqual([[], [at("boss@example.test")]]);
  const third = writeAs(office, { identity: plain, bcc: [at("ARCHIVE@example.test"), ...second.bcc] });
  expect(third.bcc).toEqual([at("archive@example.test"), at("boss@example.test")]);
  const onBehalf = writeAs(identity("boss@example.test", { sender: at("ada@example.test") }), null);
  expect([onBehalf.from.email, onBehalf.sender]).toEqual(["boss@example.test", at("ada@example.test")]);
});

test("an address that one writes on behalf of is another's: he gets answers, but to what was written so, or in his mailbox", () => {
  const [ada, boss] = [identity("ada@example.test"), identity("Boss@example.test", { sender: at("ada@example.test") })];
  const reply = (
    kind: ReplyKind,
    mail: { from: string; to: string; cc?: string; sender?: string; mailbox?: string; as?: Identity },
  ) => {
    const email = { from: [at(mail.from)], to: [at(mail.to)], subject: "x" } as unknown as Email;
    const body = { cc: mail.cc ? [at(mail.cc)] : null, sender: mail.sender ? [at(mail.sender)] : null } as EmailBody;
    const answer = { identity: mail.as ?? ada, mailbox: mail.mailbox ?? null, sender: body.sender };
    const { to, cc } = replyStart(kind, email, body, ownAddresses([ada, boss], answer));
    return [to, cc].map((list) => list.map((address) => address.email));
  };
  const [me, him, customer] = ["ada@example.test", "boss@example.test", "customer@example.test"];
  expect(reply("reply", { from: him, to: me })).toEqual([[him], []]);
  expect(reply("replyAll", { from: customer, to: me, cc: him })).toEqual([[customer], [him]]);
  // What was written to him is answered as him: he is not copied, nor is who really writes.
  expect(reply("replyAll", { from: customer, to: him, cc: me, as: boss })).toEqual([[customer], []]);
  // One's own message, of either address, is followed up to whom it went.
  expect(reply("reply", { from: me, to: customer })).toEqual([[customer], []]);
  expect(reply("reply", { from: him, to: customer, sender: me })).toEqual([[customer], []]);
  expect(reply("reply", { from: him, to: customer, mailbox: him })).toEqual([[customer], []]);
});
