import { policySettingsSchema } from "@casaforte/contract/policies";
import { type DeviceId, newId } from "@casaforte/kernel";
import { clientOf, newChain, sample, storeSample, uuid } from "@casaforte/vault/conformance";
import { describe, expect, test } from "vitest";
import { baseUrl, call, gib, mine, newSpace, other, vault } from "./console.test-support.ts";
import { clockIsSteady } from "./jobs.ts";
import { backupLimits } from "./limits.ts";
import { selectOpenAlarms } from "./store-retention.ts";

describe("spaces in the console", () => {
  test("a space without a site is refused: there is no default (R31)", async () => {
    const refused = await call("POST", "/api/spaces", { name: "Archivio", quotaBytes: gib });
    expect(refused.statusCode).toBe(422);
    expect(refused.json().fields.map((field: { path: string }) => field.path)).toContain("body/siteId");
    const unknown = await call("POST", "/api/spaces", { siteId: "luna", name: "Archivio", quotaBytes: gib });
    expect(unknown.json()).toMatchObject({ status: 422, code: "spaces.site_unknown" });
    expect((await call("GET", "/api/sites")).json().sites).toMatchObject([
      { id: "milano", country: "IT", jurisdiction: { it: "Diritto italiano" }, open: true, availableBytes: null },
    ]);
  });

  test("made, renamed, resized, listed, deleted with its name typed", async () => {
    const id = await newSpace("Uffici");
    expect(
      (await call("POST", "/api/spaces", { siteId: "milano", name: "uffici", quotaBytes: gib })).json(),
    ).toMatchObject({ status: 409, code: "spaces.name_taken" });
    const changed = await call("PATCH", `/api/spaces/${id}`, { name: "Sede", quotaBytes: 2 * gib });
    expect(changed.json()).toMatchObject({ name: "Sede", quotaBytes: 2 * gib, lockDays: 14, usedBytes: 0 });
    expect((await call("GET", "/api/spaces")).json().spaces).toMatchObject([{ id, name: "Sede" }]);
    const wrong = await call("DELETE", `/api/spaces/${id}`, { confirmation: "Uffici" });
    expect(wrong.json()).toMatchObject({ status: 422, code: "spaces.confirmation" });
    const stale = await call("DELETE", `/api/spaces/${id}`, { confirmation: "Sede" }, `${mine} owner stale`);
    expect(stale.statusCode).toBe(403);
    expect((await call("DELETE", `/api/spaces/${id}`, { confirmation: "Sede" })).statusCode).toBe(204);
    expect((await call("GET", `/api/spaces/${id}`)).statusCode).toBe(404);
    await newSpace("Sede");
  });

  test("every act has its role, and another customer's space does not exist", async () => {
    const id = await newSpace("Riservato");
    for (const role of ["billing", "technician", "read_only"]) {
      const made = await call(
        "POST",
        "/api/spaces",
        { siteId: "milano", name: role, quotaBytes: gib },
        `${mine} ${role}`,
      );
      expect([role, made.statusCode]).toEqual([role, 403]);
      expect((await call("GET", `/api/spaces/${id}`, undefined, `${mine} ${role}`)).statusCode).toBe(200);
    }
    const stranger = `${other} owner`;
    for (const reply of [
      await call("GET", `/api/spaces/${id}`, undefined, stranger),
      await call("PATCH", `/api/spaces/${id}`, { name: "x" }, stranger),
      await call("DELETE", `/api/spaces/${id}`, { confirmation: "Riservato" }, stranger),
      await call("POST", "/api/enrolments", { spaceId: id, kind: "server" }, stranger),
    ])
      expect(reply.json()).toMatchObject({ status: 404, code: "spaces.not_found" });
    expect((await call("GET", "/api/spaces", undefined, "")).statusCode).toBe(401);
  });
});

describe("devices in the console", () => {
  async function enrolled() {
    const spaceId = await newSpace(`Spazio ${newId(vault.clock, vault.random)}`);
    const prepared = (await call("POST", "/api/enrolments", { spaceId, kind: "server", name: "Contabilità" })).json();
    const client = clientOf(vault.harness);
    const reply = await client.enrol({
      token: prepared.token,
      name: "srv01",
      os: "linux",
      agentVersion: "1.0.0",
      hostname: "srv01.example",
    });
    return { prepared, ...reply };
  }

  test("an enrolment waits, is used, and the device shows as connected for some minutes", async () => {
    const { prepared, deviceId, deviceToken } = await enrolled();
    expect(Date.parse(prepared.expiresAt) - vault.clock.nowMs()).toBe(3_600_000);
    expect((await call("GET", `/api/enrolments/${prepared.id}`)).json()).toMatchObject({ state: "used", deviceId });
    expect((await call("GET", `/api/devices/${deviceId}`)).json().device).toMatchObject({
      name: "Contabilità",
      kind: "server",
      connected: true,
    });
    await vault.clock.advance(10 * 60_000);
    expect((await call("GET", `/api/devices/${deviceId}`)).json().device).toMatchObject({ connected: false });
    await clientOf(vault.harness, deviceToken).device();
    expect((await call("GET", `/api/devices/${deviceId}`)).json().device).toMatchObject({ connected: true });
    expect(JSON.stringify((await call("GET", "/api/devices")).json())).not.toContain(deviceToken);
  });

  test("revoking ends the token at once, a restore token made afterwards still reads", async () => {
    const { deviceId, deviceToken } = await enrolled();
    const client = clientOf(vault.harness, deviceToken);
    await client.device();
    expect((await call("POST", `/api/devices/${deviceId}/revoke`, undefined, `${mine} read_only`)).statusCode).toBe(
      403,
    );
    expect((await call("POST", `/api/devices/${deviceId}/revoke`)).statusCode).toBe(204);
    await expect(client.device()).rejects.toMatchObject({ code: "vault.token_invalid" });
    const made = (await call("POST", `/api/devices/${deviceId}/restore-tokens`, { hours: 1 })).json();
    expect(await clientOf(vault.harness, made.token).device()).toMatchObject({ access: "restore" });
    const foreign = await call("POST", `/api/devices/${deviceId}/restore-tokens`, {}, `${other} owner`);
    expect(foreign.json()).toMatchObject({ status: 404, code: "devices.not_found" });
  });

  test("C6: a device is given another policy and a pause, in which nothing starts by itself, and which ends by itself", async () => {
    const { deviceId, deviceToken } = await enrolled();
    const client = clientOf(vault.harness, deviceToken);
    const asks = async () => (await client.policy({}))?.reply.policy ?? null;
    const schedule = { kind: "cron", expression: "0 22 * * *", timeZone: "Europe/Rome" };
    const settings = policySettingsSchema.parse({
      sources: [{ kind: "directory", name: "Documenti", paths: ["/srv"] }],
      schedule,
      retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
      lockDays: null,
      bandwidth: { bytesPerSecond: null, windows: [] },
      hooks: { before: [], after: [] },
      compression: "small",
      snapshot: "auto",
      chain: { incrementsMax: 30, repackBytesMax: 0 },
      verify: null,
      alerts: { onFailure: true, noSuccessDays: 2 },
    });
    const pause = (until: string | null, session?: string) =>
      call("PUT", `/api/devices/${deviceId}/pause`, { until }, session);
    const inDays = (days: number) => new Date(vault.clock.nowMs() + days * 86_400_000).toISOString();
    expect((await pause(inDays(7))).json()).toMatchObject({ status: 412, code: "policies.none_followed" });
    const { id: policyId } = (await call("POST", "/api/policies", { name: "Ogni notte", settings })).json();
    const choose = (given: string | null, session?: string) =>
      call("PUT", `/api/devices/${deviceId}/policy`, { policyId: given }, session);
    expect((await choose(policyId, `${mine} read_only`)).statusCode).toBe(403);
    expect((await choose(policyId, `${other} owner`)).statusCode).toBe(404);
    expect((await choose(policyId)).statusCode).toBe(204);
    expect(await asks()).toMatchObject({ policyId, settings: { schedule: { kind: "cron" } } });
    expect((await pause(inDays(91))).json()).toMatchObject({ status: 422, code: "policies.pause" });
    expect((await pause(inDays(7))).statusCode).toBe(204);
    const known = (await client.policy({}))?.etag ?? "";
    expect(await asks()).toMatchObject({ policyId, settings: { schedule: { kind: "manual" } } });
    const listed = async () => (await call("GET", `/api/policies/${policyId}`)).json().devices;
    expect(await listed()).toMatchObject([{ deviceId, pausedUntil: inDays(7) }]);
    await vault.clock.advance(7 * 86_400_000 + 1);
    expect((await client.policy({ known, waitSeconds: 0 }))?.reply.policy).toMatchObject({
      settings: { schedule: { kind: "cron" } },
    });
    await pause(inDays(7));
    expect((await pause(null)).statusCode).toBe(204);
    expect(await asks()).toMatchObject({ settings: { schedule: { kind: "cron" } } });
    expect((await choose(null)).statusCode).toBe(204);
    expect(await asks()).toBeNull();
  });

  test("points, usage by day and the audit log tell what happened", async () => {
    const { deviceId, deviceToken, spaceId } = await enrolled();
    const device = { client: clientOf(vault.harness, deviceToken), deviceId, token: deviceToken, spaceId };
    const chainId = await newChain(vault.harness, device);
    const first = await storeSample(vault.harness, device, chainId);
    const today = new Date(vault.clock.nowMs()).toISOString().slice(0, 10);
    await vault.clock.advance(86_400_000);
    const second = await storeSample(vault.harness, device, chainId, sample(vault.harness, [5]));
    const page = (await call("GET", `/api/devices/${deviceId}/points?limit=1`)).json();
    expect(page).toMatchObject({
      points: [{ id: second.pointId, locked: true, state: "good" }],
      nextBefore: second.pointId,
    });
    const next = (await call("GET", `/api/devices/${deviceId}/points?limit=1&before=${page.nextBefore}`)).json();
    expect(next).toMatchObject({ points: [{ id: first.pointId }], nextBefore: null });
    const tomorrow = new Date(vault.clock.nowMs() + 86_400_000).toISOString().slice(0, 10);
    const usage = await call("GET", `/api/usage?from=${today}&to=${tomorrow}&spaceId=${spaceId}`);
    const { days, devices } = usage.json();
    expect(devices).toEqual([{ id: deviceId, name: expect.stringMatching(/./) }]);
    expect(days.map((day: { storedBytes: number }) => day.storedBytes)).toEqual([
      first.size,
      first.size + second.size,
      first.size + second.size,
    ]);
    expect((await call("GET", `/api/usage?from=${tomorrow}&to=${today}`)).statusCode).toBe(422);
    const copies = (await call("GET", `/api/spaces/${spaceId}/copies`)).json();
    expect(copies).toMatchObject({
      replicaPlan: "none",
      copies: [{ place: "first", location: "Milano", waitingBlobs: 0, damagedBlobs: 0 }],
    });
    const blobs = `/api/spaces/${spaceId}/copies/blobs?limit=2`;
    const { copies: some, nextAfter } = (await call("GET", blobs)).json();
    expect(some).toHaveLength(2);
    expect((await call("GET", `${blobs}&after=${nextAfter}`)).json().copies[0].blobId > nextAfter).toBe(true);
    expect((await call("GET", blobs, undefined, `${other} owner`)).statusCode).toBe(404);
    const actions = await vault.services.db.tenant(
      mine,
      (tx) => tx.sql<{ action: string }[]>`select distinct action from audit_entries order by action`,
    );
    expect(actions.map((row) => row.action)).toEqual(
      expect.arrayContaining(["devices.device_enrolled", "devices.device_revoked", "spaces.space_created"]),
    );
  });
});

describe("restore points in the console", () => {
  const dayMs = 86_400_000;
  const iso = (atMs: number) => new Date(atMs).toISOString();

  /** A full and two increments, a day apart; ids and files by age. */
  async function threePoints() {
    const spaceId = await newSpace(`Spazio ${newId(vault.clock, vault.random)}`);
    const { token } = (await call("POST", "/api/enrolments", { spaceId, kind: "server", name: "Contabilità" })).json();
    const system = { name: "srv01", os: "linux", agentVersion: "1.0.0", hostname: "srv01.example" } as const;
    const { deviceId, deviceToken } = await clientOf(vault.harness).enrol({ token, ...system });
    const device = { client: clientOf(vault.harness, deviceToken), deviceId, token: deviceToken, spaceId };
    const chainId = await newChain(vault.harness, device);
    const stored = [await storeSample(vault.harness, device, chainId)];
    for (let count = 0; count < 2; count++) {
      await vault.clock.advance(dayMs);
      const before = stored.at(-1);
      const parent = before && { fileId: before.fileId, fileRoot: before.file.commit.fileRoot };
      stored.push(await storeSample(vault.harness, device, chainId, sample(vault.harness, [7 + count]), parent));
    }
    const listed = async (query = "") => (await call("GET", `/api/devices/${deviceId}/points${query}`)).json().points;
    return {
      device,
      chainId,
      ids: stored.map(({ pointId }) => pointId),
      sizes: stored.map(({ size }) => size),
      listed,
    };
  }

  const remove = (id: string | undefined, dependants: number, name = "Contabilità", session = `${mine} admin`) =>
    call("DELETE", `/api/points/${id}`, { confirmation: name, dependants }, session);

  test("R30: a calendar tells when points were made, a day leads to its own, and each says what it needs and what needs it", async () => {
    const { device, ids, listed } = await threePoints();
    const [third, second, first] = await listed();
    expect([third, second, first].map(({ id, neededBy }) => [id, neededBy])).toEqual([
      [ids[2], 0],
      [ids[1], 1],
      [ids[0], 2],
    ]);
    expect([third.parentAt, second.parentAt, first.parentAt]).toEqual([second.at, first.at, null]);
    const [from, to] = [Date.parse(second.at) - 1000, Date.parse(second.at) + 1000];
    expect(await listed(`?from=${iso(from)}&to=${iso(to)}`)).toMatchObject([
      { id: ids[1], neededBy: 1, parentAt: first.at },
    ]);
    const times = (start: number, end: number, session = `${mine} read_only`) =>
      call("GET", `/api/devices/${device.deviceId}/point-times?from=${iso(start)}&to=${iso(end)}`, undefined, session);
    const found = (await times(Date.parse(first.at), Date.parse(third.at))).json().times;
    expect(found).toMatchObject([
      { points: 1, damaged: 0 },
      { points: 1, damaged: 0 },
    ]);
    for (const [index, { at }] of found.entries()) {
      const beforeMs = Date.parse([first, second][index].at) - Date.parse(at);
      expect(Date.parse(at) % 900_000).toBe(0);
      expect(beforeMs >= 0 && beforeMs < 900_000).toBe(true);
    }
    expect((await times(0, 63 * dayMs)).json()).toMatchObject({ status: 422, code: "backup.range_too_large" });
    expect((await times(0, dayMs, `${other} owner`)).statusCode).toBe(404);
  });

  test("R30: a point deleted by hand takes along exactly what was shown, never what is locked, and comes back from the bin", async () => {
    const { device, chainId, ids, sizes, listed } = await threePoints();
    const { db } = vault.services;
    expect((await remove(ids[2], 0)).json()).toMatchObject({ code: "vault.point_locked" });
    await vault.clock.advance(15 * dayMs);
    // A jump by days may be the clock's fault: what it says of locks counts when it has run for a day.
    const ticks = () => db.lookup((tx) => tx.sql`select ticked_at, steady_since from backup_clock`);
    const ticked = await ticks();
    expect((await remove(ids[1], 1)).json()).toMatchObject({ status: 503, code: "backup.clock_not_steady" });
    expect(await ticks()).toEqual(ticked);
    await clockIsSteady(vault.services);
    for (let hour = 0; hour < 24; hour++) {
      await vault.clock.advance(dayMs / 24);
      await clockIsSteady(vault.services);
    }
    expect((await remove(ids[1], 1, "Contabilità", `${mine} technician`)).statusCode).toBe(403);
    expect((await remove(ids[1], 1, "Contabilità", `${mine} owner stale`)).statusCode).toBe(403);
    expect((await remove(ids[1], 1, "Contabilità", `${other} owner`)).statusCode).toBe(404);
    expect((await remove(ids[1], 1, "Contabilita")).json()).toMatchObject({ code: "devices.confirmation" });
    expect((await remove(ids[1], 0)).json()).toMatchObject({ status: 409, code: "backup.dependants_changed" });
    // No job has looked at the runs yet, and the device has no policy.
    for (const filesTotal of [...new Array<number>(backupLimits.anomalyRunsMin).fill(1000), 400]) {
      const at = iso(vault.clock.nowMs());
      const told = { result: "ok", code: null, message: null, agentVersion: "1", pointId: ids[2] ?? null } as const;
      const figures = { filesTotal, filesUnreadable: 0, bytesRead: 10, bytesSent: 10 };
      await device.client.report({ runId: uuid(vault.harness), startedAt: at, finishedAt: at, ...told, ...figures });
      await vault.clock.advance(60_000);
    }
    expect((await remove(ids[1], 1)).json()).toMatchObject({ status: 409, code: "backup.alarm_open" });
    const [alarm] = await db.tenant(mine, (tx) => selectOpenAlarms(tx, device.deviceId as DeviceId));
    expect((await call("POST", `/api/alarms/${alarm?.id}/settle`)).statusCode).toBe(204);
    expect((await listed()).map(({ state }: { state: string }) => state)).toEqual(["good", "good", "good"]);

    const shown = (await call("GET", `/api/points/${ids[1]}/dependants`)).json();
    expect(shown).toMatchObject({ dependants: [{ id: ids[2], locked: false }] });
    expect((await call("GET", `/api/points/${ids[1]}/dependants`, undefined, `${other} owner`)).statusCode).toBe(404);
    for (let times = 0; times < 2; times++) expect((await remove(ids[1], 1)).statusCode).toBe(204);
    expect(await listed()).toMatchObject([
      { id: ids[2], state: "deleted" },
      { id: ids[1], state: "deleted" },
      { id: ids[0], state: "good", neededBy: 0 },
    ]);
    const used = async () => (await call("GET", `/api/spaces/${device.spaceId}`)).json().usedBytes;
    expect(await used()).toBe(sizes[0]);
    expect((await device.client.chain(chainId)).head).toMatchObject({ pointId: ids[0] });
    const audits = await db.tenant(
      mine,
      (tx) => tx.sql<{ id: string }[]>`
        select object_id as id from audit_entries where action = 'backup.point_deleted' order by at, id`,
    );
    expect(audits.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    // A page, here of one point, in a transaction: other devices need not wait for a long chain.
    const binnings = await db.tenant(
      mine,
      (tx) => tx.sql`select distinct xmin::text from backup_files
        where device_id = ${device.deviceId} and state = 'deleted'`,
    );
    expect(binnings).toHaveLength(2);

    expect((await call("POST", `/api/points/${ids[2]}/undelete`)).statusCode).toBe(204);
    expect((await listed()).map(({ state }: { state: string }) => state)).toEqual(["good", "good", "good"]);
    expect(await used()).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(await vault.findings()).toEqual([]);
  });
});

describe("live hints", () => {
  test("a console that listens hears of its own devices and points and of nobody else's", async () => {
    const open = async (session: string) => {
      const abort = new AbortController();
      const reply = await fetch(`${baseUrl}/api/events`, {
        headers: { "x-test-session": session },
        signal: abort.signal,
      });
      expect(reply.headers.get("content-type")).toBe("text/event-stream");
      let text = "";
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const piece of reply.body ?? []) text += decoder.decode(piece);
      })().catch(() => {});
      const close = () => {
        abort.abort();
        return reading;
      };
      return { text: () => text, close };
    };
    const ours = await open(`${mine} read_only`);
    const theirs = await open(`${other} owner`);
    const spaceId = await newSpace("Dal vivo");
    const { token } = (await call("POST", "/api/enrolments", { spaceId, kind: "desktop" })).json();
    const reply = await clientOf(vault.harness).enrol({
      token,
      name: "a",
      os: "windows",
      agentVersion: "1",
      hostname: "a",
    });
    const device = { client: clientOf(vault.harness, reply.deviceToken), deviceId: reply.deviceId, token, spaceId };
    const { pointId } = await storeSample(vault.harness, device, await newChain(vault.harness, device));
    await expect.poll(ours.text).toContain(`event: device\ndata: {"deviceId":"${reply.deviceId}"}`);
    await expect.poll(ours.text).toContain(`"pointId":"${pointId}"`);
    expect(theirs.text()).not.toContain("event:");
    for (let ping = 0; ping < 12; ping++) await vault.clock.advance(25_000);
    await expect.poll(ours.text).toContain("event: end");
    await ours.close();
    await theirs.close();
  });
});
