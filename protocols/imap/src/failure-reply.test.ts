import { Failure } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { failureReply } from "./failure-reply.ts";

test("too many keywords on a message are the limit that RFC 5530 names, and other refusals of what was asked are none", () => {
  expect(failureReply(new Failure("invalid", "mailbox.too_many_keywords", "too many"))).toBe("NO [LIMIT] too many");
  expect(failureReply(new Failure("invalid", "mailbox.keyword", "no keyword"))).toBe("NO [CANNOT] no keyword");
});
