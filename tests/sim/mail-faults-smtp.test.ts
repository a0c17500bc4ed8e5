import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { type MailFaultsBed, openMailFaultsBed } from "./mail-faults-bed.test-support.ts";
import { runMailFaults } from "./mail-faults-run.test-support.ts";
import { lmtpScript, mxScript, submissionScript } from "./mail-faults-smtp.test-support.ts";

let office: MailFaultsBed;
beforeAll(async () => {
  office = await openMailFaultsBed();
});
afterAll(() => office?.close());

test.each([
  ["MX", mxScript],
  ["submission", submissionScript],
  ["LMTP", lmtpScript],
] as const)(
  "every command of %s is answered whatever transaction or blob fails, and what got its 250 is there once",
  { timeout: 300_000 },
  async (name, scriptOf) => {
    const sample = { random: seededRun(`faults of ${name}`), ofEachKind: 1 };
    const { findings, fired } = await runMailFaults(office, scriptOf(office), sample);
    expect(findings).toEqual([]);
    expect(Object.keys(fired)).not.toEqual([]);
  },
);
