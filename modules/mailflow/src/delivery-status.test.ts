import { expect, test } from "vitest";
import { reportsOfServers } from "./bounces.test-support.ts";
import { readDeliveryStatus } from "./delivery-status.ts";
import { mailflowLimits } from "./limits.ts";

const read = (recipient: string, server = "Exim") =>
  readDeliveryStatus(Buffer.from((reportsOfServers[server]?.(recipient) ?? "").replace(/\n/g, "\r\n")));

test("R102: a field of a report that is longer than any server writes it is not looked at, whatever it holds", () => {
  const around = "Final-Recipient: rfc822;@far.test\r\n".length;
  const name = (bytes: number) => "x".repeat(bytes - around);
  const longest = `${name(mailflowLimits.bounceFieldBytesMax)}@far.test`;
  expect(read(longest).map(({ recipient }) => recipient)).toEqual([longest]);
  expect(read(`x${longest}`)).toEqual([]);
  expect(read("@".repeat(700_000))).toEqual([]);
  // The words are dropped alone: here the recipient stands in them once more.
  const wordy = `${name(mailflowLimits.bounceFieldBytesMax - 50)}@far.test`;
  expect(read(wordy, "Postfix")).toMatchObject([{ recipient: wordy, status: "5.1.1", reply: "5.1.1" }]);
});
