import { readFile } from "node:fs/promises";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { bytesOf, enrolDevice, newChain, storeSample, type VaultHarness } from "./conformance/harness.ts";
import { createVaultClient, retryAfterMs, type VaultPause, vaultCodes, vaultLimits, vaultStatus } from "./index.ts";
import { type Fate, type MemoryVault, startMemoryVault } from "./memory/index.ts";

/** Time that passes by itself as soon as somebody waits, and remembers how long. */
class HastyClock extends FakeClock {
  readonly slept: number[] = [];
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    await this.advance(ms);
  }
}

let vault: MemoryVault | undefined;
afterEach(async () => {
  await vault?.close();
  vault = undefined;
});

async function setUp() {
  const clock = new HastyClock();
  const random = new SeededRandom(5);
  const fates: Fate[] = [];
  const seen: string[] = [];
  const started = await startMemoryVault({
    clock,
    random,
    fate: ({ method, path }) => {
      seen.push(`${method} ${path}`);
      return fates.shift() ?? "pass";
    },
  });
  vault = started;
  const harness: VaultHarness = {
    baseUrl: started.baseUrl,
    clock,
    random,
    addSpace: async (options) => started.addSpace(options),
    enrolmentToken: async (spaceId) => started.enrolmentToken(spaceId),
    restoreToken: async (deviceId) => started.restoreToken(deviceId),
    revokeDevice: async (deviceId) => started.revokeDevice(deviceId),
    setPolicy: async (deviceId, policy) => started.setPolicy(deviceId, policy),
    requestRun: async (deviceId) => started.requestRun(deviceId),
    advance: (ms) => clock.advance(ms),
  };
  const device = await enrolDevice(harness);
  const pauses: VaultPause[] = [];
  const client = createVaultClient({
    baseUrl: started.baseUrl,
    token: device.token,
    fetch: (url, init) => fetch(url, init),
    clock,
    random,
    onPause: (pause) => pauses.push(pause),
  });
  return { clock, random, harness, device, client, fates, pauses, seen, vault: started };
}

describe("the client bears a bad network", () => {
  test("it waits as long as Retry-After says, and a wait is not a try", async () => {
    const { client, fates, clock, pauses } = await setUp();
    fates.push(...Array.from({ length: 20 }, () => ({ status: 429, retryAfter: 7 })));
    await client.device();
    expect(clock.slept).toEqual(Array(20).fill(7000));
    expect(pauses.every((pause) => pause.reason === "throttled")).toBe(true);
  });

  test("it backs off with growing pauses and gives up after its tries", async () => {
    const { client, fates, clock } = await setUp();
    fates.push(...Array.from({ length: 8 }, () => ({ status: 503 })));
    await expect(client.device()).rejects.toMatchObject({ kind: "unavailable" });
    expect(clock.slept).toHaveLength(7);
    expect(clock.slept[6]).toBeGreaterThan((clock.slept[0] ?? 0) * 10);
    await client.device();
  });

  test("a lost reply is asked for again, and work done is not done twice", async () => {
    const { client, device, harness, fates } = await setUp();
    const chainId = await newChain(harness, device);
    const slow = { ...device, client };
    fates.push("drop_reply");
    await client.putVbm(chainId, new Uint8Array([1]), 0);
    expect((await client.chain(chainId)).vbmVersion).toBe(1);
    fates.push("drop", "drop_reply", "pass", "drop_reply", "drop_reply", "drop", "drop_reply", "pass", "drop_reply");
    await storeSample(harness, slow, chainId);
    expect((await client.device()).space.pendingBytes).toBe(0);
    expect((await client.chain(chainId)).points).toBe(1);
  });

  test("an enrolment whose reply is lost is not sent again", async () => {
    const { client, fates, seen, vault: started } = await setUp();
    const token = started.enrolmentToken(started.addSpace());
    fates.push("drop_reply");
    const before = seen.length;
    await expect(
      client.enrol({ token, name: "a", os: "linux", agentVersion: "1", hostname: "h" }),
    ).rejects.toMatchObject({ code: "vault.unreachable" });
    expect(seen.length - before).toBe(1);
  });

  test("an abort ends a wait at once", async () => {
    const { device, vault: started, random } = await setUp();
    const controller = new AbortController();
    const client = createVaultClient({
      baseUrl: started.baseUrl,
      token: device.token,
      fetch: async () => new Response(null, { status: 503 }),
      clock: new FakeClock(),
      random,
      onPause: () => queueMicrotask(() => controller.abort(new Error("stop"))),
    });
    await expect(client.device({ signal: controller.signal })).rejects.toThrow("stop");
  });
});

describe("streaming reads", () => {
  test("go on where the connection broke, byte for byte", async () => {
    const { device, harness, vault: started, clock, random } = await setUp();
    const stored = await storeSample(harness, device, await newChain(harness, device));
    const ranges: string[] = [];
    const client = createVaultClient({
      baseUrl: started.baseUrl,
      token: device.token,
      clock,
      random,
      fetch: async (url, init) => {
        ranges.push(String(new Headers(init.headers).get("range")));
        const reply = await fetch(url, init);
        if (ranges.length > 3) return reply;
        const whole = new Uint8Array(await reply.arrayBuffer());
        let step = 0;
        const broken = new ReadableStream<Uint8Array>({
          pull(controller) {
            if (step++ === 0) controller.enqueue(whole.subarray(0, 1000));
            else controller.error(new Error("line broke"));
          },
        });
        return new Response(broken, { status: reply.status, headers: reply.headers });
      },
    });
    const bytes = await bytesOf(client.readFile(stored.fileId, { offset: 100, length: 50_000 }));
    expect(Buffer.from(bytes).equals(stored.file.bytes.subarray(100, 50_100))).toBe(true);
    expect(ranges).toEqual(["bytes=100-50099", "bytes=1100-50099", "bytes=2100-50099", "bytes=3100-50099"]);
  });

  test("another range than asked for is refused", async () => {
    const { device, clock, random } = await setUp();
    const client = createVaultClient({
      baseUrl: "http://vault.test",
      token: device.token,
      clock,
      random,
      fetch: async () =>
        new Response("xxx", { status: 206, headers: { "content-range": "bytes 0-2/10", "content-length": "3" } }),
    });
    await expect(client.readRange("00000000-0000-7000-8000-000000000000", 5, 3)).rejects.toMatchObject({
      kind: "corrupt",
    });
  });

  test("an answer without end is given up at its limit, and a list that begins anew is no list", async () => {
    const { device, clock, random } = await setUp();
    const ask = (fetch: () => Promise<Response>) =>
      createVaultClient({ baseUrl: "http://vault.test", token: device.token, clock, random, fetch });
    let sentBytes = 0;
    const endless = ask(async () => {
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
        sentBytes += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      };
      return new Response(new ReadableStream({ pull }), { headers: { etag: '"1"' } });
    });
    const id = "00000000-0000-7000-8000-000000000000";
    const strange = { kind: "unsupported", code: "vault.reply" };
    for (const [question, bytesMax] of [
      [() => endless.device(), vaultLimits.replyBytesMax],
      [() => endless.policy(), vaultLimits.replyBytesMax],
      [() => endless.keyring(id), vaultLimits.keyringBytesMax],
      [() => endless.vbm(id), vaultLimits.vbmBytesMax],
    ] as const) {
      sentBytes = 0;
      await expect(question()).rejects.toMatchObject(strange);
      expect(sentBytes).toBeLessThan(bytesMax + 300_000);
    }
    let pages = 0;
    const circle = ask(async () => {
      pages++;
      return new Response(JSON.stringify({ files: [], nextCursor: id }));
    });
    await expect(circle.files()[Symbol.asyncIterator]().next()).rejects.toMatchObject(strange);
    expect(pages).toBe(1);
  });

  test("an object that arrives changed is refused", async () => {
    const { device, clock, random } = await setUp();
    const client = createVaultClient({
      baseUrl: "http://vault.test",
      token: device.token,
      clock,
      random,
      fetch: async () => new Response("abc", { headers: { etag: '"1"', "x-sha256": "0".repeat(64) } }),
    });
    await expect(client.keyring("00000000-0000-7000-8000-000000000000")).rejects.toMatchObject({ kind: "corrupt" });
  });
});

describe("the specification and the code agree", () => {
  test("PROTOCOL.md lists every code with its status and no other", async () => {
    const text = await readFile(new URL("../PROTOCOL.md", import.meta.url), "utf8");
    const listed = [...text.matchAll(/^\|\s*`(vault\.[a-z_]+)`\s*\|\s*(\d+)\s*\|/gm)].map((row) => [
      row[1],
      Number(row[2]),
    ]);
    expect(Object.fromEntries(listed)).toEqual(vaultCodes);
    expect(Object.values(vaultStatus)).toEqual(expect.arrayContaining([...new Set(Object.values(vaultCodes))]));
  });

  test("Retry-After may be seconds or a date", () => {
    expect(retryAfterMs("120", 0)).toBe(120_000);
    expect(retryAfterMs("Thu, 01 Jan 1970 00:01:00 GMT", 10_000)).toBe(50_000);
    expect(retryAfterMs("soon", 0)).toBeNull();
    expect(retryAfterMs(null, 0)).toBeNull();
  });
});
