import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { type MailFaultsBed, openMailFaultsBed } from "./mail-faults-bed.test-support.ts";
import { imapScript } from "./mail-faults-imap.test-support.ts";
import { pop3Script } from "./mail-faults-pop3.test-support.ts";
import { runMailFaults } from "./mail-faults-run.test-support.ts";
import { sieveScript } from "./mail-faults-sieve.test-support.ts";

let office: MailFaultsBed;
beforeAll(async () => {
  office = await openMailFaultsBed();
});
afterAll(() => office?.close());

test.each([
  ["IMAP", imapScript, 1],
  ["POP3", pop3Script, 2],
  ["ManageSieve", sieveScript, 3],
] as const)(
  "every command of %s is answered whatever transaction or blob fails, and what was answered as done is done once",
  { timeout: 300_000 },
  async (name, scriptOf, ofEachKind) => {
    const sample = { random: seededRun(`faults of ${name}`), ofEachKind };
    const { findings, fired } = await runMailFaults(office, scriptOf(office), sample);
    expect(findings).toEqual([]);
    expect(Object.keys(fired)).not.toEqual([]);
  },
);
