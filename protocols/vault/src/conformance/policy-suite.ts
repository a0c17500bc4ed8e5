import { policySettingsSchema } from "@casaforte/contract/policies";
import { describe, expect, test } from "vitest";
import { clientOf, enrolDevice, uuid, type VaultHarness } from "./harness.ts";

const settings = policySettingsSchema.parse({
  sources: [
    { kind: "directory", name: "documents", paths: ["/srv/documents"], exclude: ["*.tmp"] },
    { kind: "command", name: "database", command: "pg_dump shop", fileName: "shop.sql" },
  ],
  schedule: { kind: "cron", expression: "30 2 * * *", timeZone: "Europe/Rome" },
  retention: { points: 0, days: 7, weeks: 4, months: 12, years: 0 },
  lockDays: null,
  bandwidth: {
    bytesPerSecond: null,
    windows: [{ days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00", bytesPerSecond: 0 }],
  },
  hooks: { before: [], after: [] },
  compression: "fast",
  snapshot: "auto",
  chain: { incrementsMax: 14, repackBytesMax: 1e9 },
  verify: { everyDays: 7, sampleBytes: 1e8 },
  alerts: { onFailure: true, noSuccessDays: 3 },
});

/** Moves the vault's clock until a reply has come. */
async function whileTimePasses<T>(h: VaultHarness, reply: Promise<T>): Promise<T> {
  let settled = false;
  void reply
    .catch(() => null)
    .then(() => {
      settled = true;
    });
  while (!settled) {
    await h.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return reply;
}

export function policySuite(harness: () => VaultHarness): void {
  describe("policies", () => {
    test("a device without a policy is told so", async () => {
      const { client } = await enrolDevice(harness());
      expect((await client.policy())?.reply).toEqual({ policy: null, runRequest: null });
    });

    test("a policy arrives whole with its version, and again only after it changed", async () => {
      const h = harness();
      const { client, deviceId } = await enrolDevice(h);
      await h.setPolicy(deviceId, { name: "Uffici", settings });
      const first = await client.policy();
      expect(first?.reply.policy).toMatchObject({ name: "Uffici", version: 1, settings });
      expect(await client.policy({ known: first?.etag ?? "" })).toBeNull();
      await h.setPolicy(deviceId, { name: "Uffici", settings: { ...settings, compression: "small" } });
      const second = await client.policy({ known: first?.etag ?? "" });
      expect(second?.reply.policy).toMatchObject({ version: 2, settings: { compression: "small" } });
      expect(second?.reply.policy?.policyId).toBe(first?.reply.policy?.policyId);
    });

    test("a device that waits hears of a change at once, and of none when the wait is over", async () => {
      const h = harness();
      const { client, deviceId } = await enrolDevice(h);
      await h.setPolicy(deviceId, { name: "Uffici", settings });
      const known = (await client.policy())?.etag ?? "";
      expect(await whileTimePasses(h, client.policy({ known, waitSeconds: 50 }))).toBeNull();
      const waiting = client.policy({ known, waitSeconds: 50 });
      const requestId = await h.requestRun(deviceId);
      expect((await waiting)?.reply.runRequest).toMatchObject({ requestId });
    });

    test("a wish to run stands until the device takes it, and no longer than a day", async () => {
      const h = harness();
      const { client, deviceId } = await enrolDevice(h);
      const takenRequestId = await h.requestRun(deviceId);
      expect((await client.policy())?.reply.runRequest?.requestId).toBe(takenRequestId);
      await client.acknowledgePolicy({ policy: null, takenRequestId });
      await client.acknowledgePolicy({ policy: null, takenRequestId });
      expect((await client.policy())?.reply.runRequest).toBeNull();
      await h.requestRun(deviceId);
      await h.advance(24 * 3_600_000);
      expect((await client.policy())?.reply.runRequest).toBeNull();
    });

    test("a device acknowledges only its own policy", async () => {
      const h = harness();
      const { client, deviceId } = await enrolDevice(h);
      const policy = { version: 1, state: "following", code: null, nextRunAt: null } as const;
      const say = (policyId: string) =>
        client.acknowledgePolicy({ policy: { ...policy, policyId }, takenRequestId: null });
      await expect(say(uuid(h))).rejects.toMatchObject({ code: "vault.not_found" });
      await h.setPolicy(deviceId, { name: "Uffici", settings });
      await say((await client.policy())?.reply.policy?.policyId ?? "");
    });

    test("a restore token sees no policy: commands in it may hold secrets", async () => {
      const h = harness();
      const { deviceId } = await enrolDevice(h);
      await h.setPolicy(deviceId, { name: "Uffici", settings });
      const reader = clientOf(h, await h.restoreToken(deviceId));
      await expect(reader.policy()).rejects.toMatchObject({ code: "vault.read_only" });
    });
  });
}
