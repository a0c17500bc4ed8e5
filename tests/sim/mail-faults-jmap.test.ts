import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRun } from "../support/seed.test-support.ts";
import { type MailFaultsBed, openMailFaultsBed } from "./mail-faults-bed.test-support.ts";
import { openJmapScript } from "./mail-faults-jmap.test-support.ts";
import { runMailFaults } from "./mail-faults-run.test-support.ts";

let office: MailFaultsBed;
let script: Awaited<ReturnType<typeof openJmapScript>>;
beforeAll(async () => {
  office = await openMailFaultsBed();
  script = await openJmapScript(office);
});
afterAll(async () => {
  await script?.close();
  await office?.close();
});

test("every request of JMAP is answered whatever transaction or blob fails, and what was answered as done is done once", {
  timeout: 300_000,
}, async () => {
  const { findings, fired } = await runMailFaults(office, script, {
    random: seededRun("faults of JMAP"),
    ofEachKind: 1,
  });
  expect(findings).toEqual([]);
  expect(Object.keys(fired)).not.toEqual([]);
});
