import { policySettingsSchema } from "@casaforte/contract/policies";
import { enrolDevice, newChain, storeSample, uuid } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NoticeRoad, sendNotices } from "./send-notices.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

const dayMs = 86_400_000;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

const settings = policySettingsSchema.parse({
  sources: [{ kind: "directory", name: "documents", paths: ["/srv"] }],
  schedule: { kind: "cron", expression: "0 2 * * *", timeZone: "Europe/Rome" },
  retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
  lockDays: null,
  bandwidth: { bytesPerSecond: null, windows: [] },
  hooks: { before: [], after: [] },
  compression: "fast",
  snapshot: "auto",
  chain: { incrementsMax: 14, repackBytesMax: 0 },
  verify: null,
  alerts: { onFailure: true, noSuccessDays: 3 },
});

/** Who is written to, and what they got. */
function road() {
  const sent: { to: string; subject: string }[] = [];
  const notices: NoticeRoad = {
    administrators: async () => [
      { login: "anna@rossi.example", language: "it" },
      { login: "ben@rossi.example", language: "en" },
    ],
    send: async (_tx, { to, subject }) => void sent.push({ to, subject }),
  };
  const tell = async (spaceId: string) => {
    sent.splice(0);
    await sendNotices(vault.services, notices, vault.tenantOf(spaceId));
    return sent.filter(({ to }) => to.startsWith("ben")).map(({ subject }) => subject);
  };
  return { sent, tell };
}

test("administrators hear once of a streak of failures, each in their language, and again after a success", async () => {
  const { harness, clock } = vault;
  const { client, deviceId, spaceId } = await enrolDevice(harness);
  const { sent, tell } = road();
  const report = async (result: "ok" | "failed") => {
    const at = new Date(clock.nowMs()).toISOString();
    const figures = { pointId: null, filesTotal: 0, filesUnreadable: 0, bytesRead: 0, bytesSent: 0 };
    await client.report({
      runId: uuid(harness),
      result,
      startedAt: at,
      finishedAt: at,
      ...figures,
      code: null,
      message: null,
      agentVersion: "1",
    });
    await clock.advance(60_000);
  };
  expect(await tell(spaceId)).toEqual([]);
  await report("failed");
  expect(await tell(spaceId)).toEqual(["Backup failed: laptop"]);
  expect(sent.map(({ subject }) => subject)).toContain("Backup non riuscito: laptop");
  await report("failed");
  expect(await tell(spaceId)).toEqual([]);
  await report("ok");
  await report("failed");
  expect(await tell(spaceId)).toEqual(["Backup failed: laptop"]);
  // Whoever else listens is told of each run.
  expect(vault.endedRuns).toEqual(["failed", "failed", "ok", "failed"].map((result) => `${deviceId} ${result}`));
});

test("a scheduled device that is silent for three days is told of, then once a week; one without a schedule is not", async () => {
  const { harness, clock } = vault;
  const { deviceId, spaceId } = await enrolDevice(harness);
  const manual = await enrolDevice(harness);
  await harness.setPolicy(deviceId, { name: "Uffici", settings });
  const { tell } = road();
  const heard: (readonly [number, string[]])[] = [];
  for (let day = 0; day <= 11; day++) {
    const subjects = await tell(spaceId);
    if (subjects.length > 0) heard.push([day, subjects]);
    await clock.advance(dayMs);
  }
  expect(heard).toEqual([
    [3, ["No backup for 3 days: laptop"]],
    [10, ["No backup for 10 days: laptop"]],
  ]);
  expect(await tell(manual.spaceId)).toEqual([]);
});

test("R95: each threshold of a space is told of once each time it is reached", async () => {
  const { harness } = vault;
  const device = await enrolDevice(harness, { quotaBytes: 2_650_000, lockDays: 0 });
  const { tell } = road();
  const chainId = await newChain(harness, device);
  await storeSample(harness, device, chainId);
  expect(await tell(device.spaceId)).toEqual([]);
  const second = await storeSample(harness, device, chainId);
  expect(await tell(device.spaceId)).toMatchObject([expect.stringMatching(/^Space 80 % full/)]);
  await harness.advance(60_000);
  expect(await tell(device.spaceId)).toEqual([]);
  await device.client.deletePoint(second.pointId);
  expect(await tell(device.spaceId)).toEqual([]);
  await harness.advance(60_000);
  await storeSample(harness, device, chainId);
  expect(await tell(device.spaceId)).toMatchObject([expect.stringMatching(/^Space 80 % full/)]);
});
