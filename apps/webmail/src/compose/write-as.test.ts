import { expect, test } from "vitest";
import type { Identity } from "../jmap/types.ts";
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
