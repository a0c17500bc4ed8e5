import { describe, expect, test } from "vitest";
import { vaultPaths } from "../contract.ts";
import { vaultRoutes } from "../routes.ts";
import {
  bytesOf,
  clientOf,
  type EnrolledDevice,
  enrolDevice,
  enrolIn,
  listOf,
  newChain,
  openSample,
  sample,
  storeSample,
  uuid,
  type VaultHarness,
} from "./harness.ts";

const enrolInput = { name: "a", os: "linux", agentVersion: "1", hostname: "h" } as const;

async function raw(h: VaultHarness, method: string, path: string, token: string | null, body?: string) {
  const reply = await fetch(h.baseUrl + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "if-none-match": "*",
      "x-sha256": "0".repeat(64),
      "x-offset": "0",
    },
    ...(body === undefined ? {} : { body }),
  });
  const { requestId: _, ...problem } = JSON.parse((await reply.text()) || "{}") as Record<string, unknown>;
  return { status: reply.status, problem };
}

/** A path of a route with these ids in the place of its parameters. */
const fill = (path: string, ids: Record<string, string>) =>
  path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? "0");

export function accessSuite(harness: () => VaultHarness): void {
  describe("who may come in", () => {
    test("hello needs no token and tells limits and clock", async () => {
      const h = harness();
      const hello = await clientOf(h).hello();
      expect(hello.limits.partBytesPreferred).toBe(8 * 1024 * 1024);
      expect(Date.parse(hello.now)).toBe(h.clock.nowMs());
    });

    test("an enrolment token works once", async () => {
      const h = harness();
      const token = await h.enrolmentToken(await h.addSpace({ quotaBytes: 1e9 }));
      await clientOf(h).enrol({ token, ...enrolInput });
      await expect(clientOf(h).enrol({ token, ...enrolInput })).rejects.toMatchObject({
        kind: "unauthenticated",
        code: "vault.enrolment_invalid",
      });
    });

    test("sixteen devices that race for one enrolment token: one gets in", async () => {
      const h = harness();
      const token = await h.enrolmentToken(await h.addSpace({ quotaBytes: 1e9 }));
      const tries = Array.from({ length: 16 }, () => clientOf(h).enrol({ token, ...enrolInput }));
      const won = (await Promise.allSettled(tries)).filter((outcome) => outcome.status === "fulfilled");
      expect(won).toHaveLength(1);
    });

    test("an enrolment token dies after an hour", async () => {
      const h = harness();
      const token = await h.enrolmentToken(await h.addSpace({ quotaBytes: 1e9 }));
      await h.advance(3_600_001);
      await expect(clientOf(h).enrol({ token, ...enrolInput })).rejects.toMatchObject({
        code: "vault.enrolment_invalid",
      });
    });

    test("every route but hello and enrolments refuses a missing and a made-up token", async () => {
      const h = harness();
      for (const route of vaultRoutes.filter((each) => each.access !== "open"))
        for (const token of [null, "made-up-token-made-up-token-made-up-token"]) {
          const reply = await raw(h, route.method, fill(route.path, {}), token);
          expect({ route: route.path, ...reply }).toMatchObject({
            status: 401,
            problem: { code: "vault.token_invalid" },
          });
        }
    });

    test("a revoked device is refused at once, its restore token reads on", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const { fileId } = await storeSample(h, device, await newChain(h, device));
      const restore = clientOf(h, await h.restoreToken(device.deviceId));
      await device.client.device();
      await h.revokeDevice(device.deviceId);
      await expect(device.client.device()).rejects.toMatchObject({ kind: "unauthenticated" });
      expect(await restore.readRange(fileId, 0, 10)).toHaveLength(10);
    });

    test("unknown fields and control characters are refused with the field's name", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const reply = await raw(h, "PUT", vaultPaths.chain(uuid(h)), device.token, '{"label":"a","admin":true}');
      expect(reply).toMatchObject({ status: 422, problem: { code: "vault.invalid" } });
      const second = await raw(h, "PUT", vaultPaths.chain(uuid(h)), device.token, '{"label":"a\\u0000"}');
      expect(second).toMatchObject({ status: 422, problem: { details: { field: "label" } } });
      const third = await raw(h, "PUT", vaultPaths.chain(uuid(h)), device.token, "{");
      expect(third).toMatchObject({ status: 422, problem: { code: "vault.invalid" } });
    });
  });

  describe("restore tokens", () => {
    test("read everything of their device with nothing else known, and change nothing", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const chainId = await newChain(h, device);
      await device.client.putKeyring(chainId, new Uint8Array([1, 2, 3]), 0);
      const stored = await storeSample(h, device, chainId);
      const token = await h.restoreToken(device.deviceId);
      const client = clientOf(h, token);
      const found = await client.device();
      expect(found).toMatchObject({ access: "restore", chains: [{ chainId, points: 1 }] });
      expect((await client.keyring(chainId))?.bytes).toEqual(new Uint8Array([1, 2, 3]));
      expect(await listOf(client.points({ chainId }))).toHaveLength(1);
      expect(Buffer.from(await bytesOf(client.readFile(stored.fileId))).equals(stored.file.bytes)).toBe(true);
      const ids = { chainId, uploadId: stored.uploadId, n: "0", fileId: stored.fileId, pointId: stored.pointId };
      for (const route of vaultRoutes.filter((each) => each.access === "write"))
        expect({ route: route.path, ...(await raw(h, route.method, fill(route.path, ids), token)) }).toMatchObject({
          status: 403,
          problem: { code: "vault.read_only" },
        });
    });

    test("die after their hour", async () => {
      const h = harness();
      const device = await enrolDevice(h);
      const client = clientOf(h, await h.restoreToken(device.deviceId));
      await client.device();
      await h.advance(25 * 3_600_000);
      await expect(client.device()).rejects.toMatchObject({ code: "vault.token_invalid" });
    });
  });

  describe("devices never reach each other (R50)", () => {
    async function probe(h: VaultHarness, owner: EnrolledDevice, stranger: EnrolledDevice) {
      const chainId = await newChain(h, owner);
      await owner.client.putKeyring(chainId, new Uint8Array([7]), 0);
      const stored = await storeSample(h, owner, chainId);
      const open = await openSample(h, owner, chainId);
      const ids = {
        chainId,
        uploadId: open.uploadId,
        n: "0",
        fileId: stored.fileId,
        pointId: stored.pointId,
      };
      const invented = Object.fromEntries(Object.keys(ids).map((name) => [name, name === "n" ? "0" : uuid(h)]));
      const body = (path: string) => {
        if (path.endsWith("/commit")) return JSON.stringify(stored.file.commit);
        if (path.endsWith("/compose")) {
          const range = { offset: 0, length: 1, fromFileId: stored.fileId, fromOffset: 0 };
          return JSON.stringify({ ranges: [range] });
        }
        if (path.endsWith("/chains/:chainId")) return '{"label":"mine"}';
        return "x";
      };
      for (const route of vaultRoutes.filter((each) => /:(chainId|uploadId|fileId|pointId)/.test(each.path))) {
        if (route.method === "PUT" && route.path.endsWith("/chains/:chainId")) continue;
        const send = (with_: Record<string, string>) => {
          const needsBody = route.method === "PUT" || route.method === "POST";
          return raw(
            h,
            route.method,
            fill(route.path, with_),
            stranger.token,
            needsBody ? body(route.path) : undefined,
          );
        };
        const foreign = await send(ids);
        expect({ route: `${route.method} ${route.path}`, status: foreign.status }).toMatchObject({ status: 404 });
        expect(foreign).toEqual(await send(invented));
      }
      const list = `?chainId=${chainId}`;
      for (const path of [vaultPaths.files, vaultPaths.points])
        expect((await raw(h, "GET", path + list, stranger.token)).status).toBe(404);
      const taken = await raw(h, "PUT", vaultPaths.chain(chainId), stranger.token, '{"label":"mine"}');
      expect([200, 404]).toContain(taken.status);
      expect(await listOf(stranger.client.files())).toEqual([]);
      expect(await listOf(stranger.client.points())).toEqual([]);
      expect((await owner.client.chain(chainId)).label).toBe("home");
      const input = { key: uuid(h), chainId, kind: "vbk", fileName: "a.vbk", estimatedBytes: 1 } as const;
      if (taken.status === 404)
        await expect(stranger.client.openUpload(input)).rejects.toMatchObject({ code: "vault.not_found" });
    }

    test("two customers", async () => {
      const h = harness();
      await probe(h, await enrolDevice(h), await enrolDevice(h));
    });

    test("two devices of one space", async () => {
      const h = harness();
      const owner = await enrolDevice(h);
      await probe(h, owner, await enrolIn(h, owner.spaceId));
    });

    test("a restore token of one device says nothing of another", async () => {
      const h = harness();
      const owner = await enrolDevice(h);
      const other = await enrolIn(h, owner.spaceId);
      const { fileId } = await storeSample(h, owner, await newChain(h, owner), sample(h));
      const client = clientOf(h, await h.restoreToken(other.deviceId));
      await expect(client.readRange(fileId, 0, 1)).rejects.toMatchObject({ code: "vault.not_found" });
      expect(await listOf(client.files())).toEqual([]);
    });
  });
}
