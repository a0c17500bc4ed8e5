import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { httpLimits } from "@casaforte/platform/http";
import {
  createVaultClient,
  frameOf,
  type PartFrame,
  partStreamProtocol,
  type VaultFetch,
  vaultHeaders,
  vaultPaths,
} from "@casaforte/vault";
import {
  bytesOf,
  clientOf,
  type EnrolledDevice,
  enrolDevice,
  newChain,
  openSample,
  putSampleParts,
  sample,
  sha256,
} from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withPartStreams } from "../../apps/agent/src/part-sender.ts";
import { createVaultFetch } from "../../apps/agent/src/vault-fetch.ts";
import { startTestVault, type TestVault } from "../../modules/backup/src/vault.test-support.ts";

const mebibyte = 1024 * 1024;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(async () => vault[Symbol.asyncDispose]());

/** A device whose large parts go by streams, and the paths of those that went as requests. */
async function streaming(options: { quotaBytes?: number } = {}) {
  const h = vault.harness;
  const device = await enrolDevice(h, options);
  const requests: string[] = [];
  const plain = createVaultFetch();
  const counting: VaultFetch = (url, init) => {
    if (/\/parts\/\d+$/.test(url)) requests.push(url);
    return plain(url, init);
  };
  const fetch = withPartStreams(counting);
  const { baseUrl, clock, random } = h;
  const client = createVaultClient({ baseUrl, fetch, clock, random, token: device.token, triesMax: 1 });
  return { h, device: { ...device, client } as EnrolledDevice, client, requests };
}

test("large parts go over connections that were upgraded, small ones as requests, and the file is what was sent", async () => {
  const { h, device, client, requests } = await streaming();
  const chainId = await newChain(h, device);
  const file = sample(h, [mebibyte, 3 * mebibyte + 77, 40_000, 9 * mebibyte - 1]);
  const { uploadId } = await openSample(h, device, chainId);
  await putSampleParts(device, uploadId, file, [...file.cuts.keys()]);
  expect(requests.length).toBe(1);
  // The same again is answered from the record, its bytes read and thrown away; the connection goes on.
  await putSampleParts(device, uploadId, file, [...file.cuts.keys()]);
  expect(requests.length).toBe(2);
  await client.putBlockMap(uploadId, file.blockMap);
  const { fileId } = await client.commit(uploadId, file.commit);
  expect(sha256(await bytesOf(client.readFile(fileId)))).toBe(sha256(file.bytes));
});

test("what is refused in a stream is refused as a request would be, and the connection goes on", async () => {
  const { h, device, client, requests } = await streaming({ quotaBytes: 6 * mebibyte });
  const chainId = await newChain(h, device);
  const { uploadId } = await openSample(h, device, chainId);
  const part = (n: number, length: number) => {
    const body = new Uint8Array(h.random.bytes(length));
    return { n, offset: n * 16 * mebibyte, sha256: sha256(body), body };
  };
  const first = part(0, 2 * mebibyte);
  await client.putPart(uploadId, first);
  for (const [given, expected] of [
    [
      { ...part(1, mebibyte), sha256: sha256(new Uint8Array(1)) },
      { kind: "invalid", code: "vault.hash_mismatch" },
    ],
    [part(0, mebibyte), { kind: "conflict", code: "vault.part_conflict" }],
    [part(2, 9 * mebibyte), { kind: "over_quota", code: "vault.over_quota" }],
    [
      { ...part(3, mebibyte), holes: [{ at: 0, length: 4096 }] },
      { kind: "invalid", code: "vault.invalid" },
    ],
  ] as const) {
    await expect(client.putPart(uploadId, given)).rejects.toMatchObject(expected);
    await expect(clientOf(h, device.token).putPart(uploadId, given)).rejects.toMatchObject(expected);
    await client.putPart(uploadId, first);
  }
  expect(requests).toEqual([]);
  expect((await client.upload(uploadId)).partsReceived).toBe(1);
});

test("without the right to write here nobody is let in, and is told so as ever", async () => {
  const { h, device } = await streaming();
  const chainId = await newChain(h, device);
  const { uploadId } = await openSample(h, device, chainId);
  const stranger = await streaming();
  const restores = await h.restoreToken(device.deviceId);
  for (const [token, status] of [
    ["none of any device", 401],
    [restores, 403],
    [stranger.device.token, 404],
  ] as const)
    expect((await upgraded(uploadId, token)).head).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*problem\\+json`));
  await h.revokeDevice(device.deviceId);
  expect((await upgraded(uploadId, device.token)).head).toMatch(/^HTTP\/1.1 401 /);
  // Without the upgrade there is nothing to be had, and with another one neither.
  const { client, token } = stranger.device;
  const mine = (await openSample(h, stranger.device, await newChain(h, { ...stranger.device, client }))).uploadId;
  const url = `${h.baseUrl}${vaultPaths.upload(mine)}/parts`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, answer.headers.get("upgrade")]).toEqual([426, partStreamProtocol]);
  expect((await upgraded(mine, token, "websocket")).head).toMatch(/^HTTP\/1.1 426 /);
});

/** What an upgrade is answered with, and the connection. */
async function upgraded(
  uploadId: string,
  token: string,
  protocol: string = partStreamProtocol,
  baseUrl = vault.harness.baseUrl,
) {
  const url = new URL(`${baseUrl}${vaultPaths.upload(uploadId)}/parts`);
  const socket = connect(Number(url.port), url.hostname);
  // Some are cut off, by a reset where bytes were still on their way.
  socket.on("error", () => undefined);
  const lines = [
    `GET ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    `authorization: Bearer ${token}`,
    "connection: upgrade",
    `upgrade: ${protocol}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const [came] = (await once(socket, "data")) as [Buffer];
  if (!/^HTTP\/1.1 101/.test(String(came))) socket.destroy();
  return { head: String(came), socket };
}

const frameFor = (body: Uint8Array, n: number, more: Partial<PartFrame> = {}) =>
  frameOf({
    n,
    length: body.length,
    [vaultHeaders.offset]: String(n * 16 * mebibyte),
    [vaultHeaders.sha256]: sha256(body),
    ...more,
  });

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    else socket.resume().once("close", () => resolve());
  });

test("what fits no protocol ends its connection and nothing else; a part that was cut leaves nothing", async () => {
  const { h, device, client } = await streaming();
  const { uploadId } = await openSample(h, device, await newChain(h, device));
  const body = h.random.bytes(2 * mebibyte);
  const other = await upgraded(uploadId, device.token);
  expect(other.head).toBe(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${partStreamProtocol}\r\n\r\n`,
  );
  const frame = Buffer.from(frameFor(body, 0));
  for (const [sent, cut] of [
    [Buffer.from([0, 0, 0, 0]), false],
    [Buffer.from([0x7f, 0xff, 0xff, 0xff]), false],
    [Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"), false],
    [Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from("[]")]), false],
    [Buffer.from(frameOf({ ...JSON.parse(String(frame.subarray(4))), extra: 1 })), false],
    [Buffer.from(frameFor(body, 0, { length: 2 ** 30 })), false],
    [frame.subarray(0, 20), true],
    [Buffer.concat([frame, body.subarray(0, mebibyte + 5)]), true],
  ] as const) {
    const { socket } = await upgraded(uploadId, device.token);
    socket.write(sent);
    if (cut) socket.end();
    await closed(socket);
  }
  expect((await client.upload(uploadId)).partsReceived).toBe(0);
  other.socket.write(Buffer.concat([frame, body]));
  const [answer] = (await once(other.socket, "data")) as [Buffer];
  expect(JSON.parse(String(answer.subarray(4)))).toMatchObject({ status: 200, body: { n: 0, length: body.length } });
  other.socket.destroy();
  expect((await client.upload(uploadId)).partsReceived).toBe(1);
  expect(await vault.findings()).toEqual([]);
  expect(vault.logger.events.filter(({ level }) => level === "error")).toEqual([]);
});

test("a request behind one that is not answered yet is none for a stream, and the vault goes on", async () => {
  const { h, device } = await streaming();
  const { uploadId } = await openSample(h, device, await newChain(h, device));
  const socket = connect(Number(new URL(h.baseUrl).port), "127.0.0.1");
  socket.on("error", () => undefined);
  const path = `${vaultPaths.upload(uploadId)}/parts`;
  const asking = `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${device.token}\r\nconnection: upgrade\r\nupgrade: ${partStreamProtocol}\r\n\r\n`;
  socket.write(`GET ${vaultPaths.hello} HTTP/1.1\r\nhost: x\r\n\r\n${asking}`);
  let came = "";
  while (!came.includes("HTTP/1.1 426")) came += String((await once(socket, "data"))[0]);
  expect(came.startsWith("HTTP/1.1 200")).toBe(true);
  // Bytes that come before the answer end the connection, and a body makes it an ordinary request.
  const hasty = connect(Number(new URL(h.baseUrl).port), "127.0.0.1");
  hasty.on("error", () => undefined);
  hasty.write(`${asking}early`);
  await closed(hasty);
  socket.write(asking.replace("\r\n\r\n", "\r\ncontent-length: 2\r\n\r\n{}"));
  came = "";
  while (!came.includes("\r\n\r\n")) came += String((await once(socket, "data"))[0]);
  expect(came).toMatch(/^HTTP\/1.1 426 /);
  socket.destroy();
  expect((await clientOf(h).hello()).protocol).toBe("casaforte-vault");
});

test("a vault that closes answers the part that comes, lets the others go, and waits for nobody longer than its grace", async () => {
  const { h, device } = await streaming();
  const { uploadId } = await openSample(h, device, await newChain(h, device));
  const { baseUrl, close } = await vault.another({});
  const refused = await upgraded(uploadId, "none of any device", partStreamProtocol, baseUrl);
  await closed(refused.socket);
  const [busy, idle, deaf] = await Promise.all(
    Array.from({ length: 3 }, () => upgraded(uploadId, device.token, partStreamProtocol, baseUrl)),
  );
  if (!busy || !idle || !deaf) throw new Error("three were asked for");
  const body = h.random.bytes(2 * mebibyte);
  const frame = Buffer.from(frameFor(body, 0));
  busy.socket.write(Buffer.concat([frame, body.subarray(0, mebibyte)]));
  // Keeps its half open whatever comes.
  deaf.socket.allowHalfOpen = true;
  deaf.socket.write(Buffer.concat([Buffer.from(frameFor(body, 1)), body.subarray(0, 77)]));
  // Answered behind them, so both frames have come.
  expect((await upgraded(uploadId, device.token, "none", baseUrl)).head).toMatch(/ 426 /);
  const isClosed = { it: false };
  const closing = close().then(() => (isClosed.it = true));
  await closed(idle.socket);
  busy.socket.write(body.subarray(mebibyte));
  const [answer] = (await once(busy.socket, "data")) as [Buffer];
  expect(JSON.parse(String(answer.subarray(4)))).toMatchObject({ status: 200 });
  await closed(busy.socket);
  expect(isClosed.it).toBe(false);
  await vault.clock.advance(httpLimits.closeGraceMs);
  await closing;
  deaf.socket.destroy();
  expect((await device.client.upload(uploadId)).partsReceived).toBe(1);
});

test("a vault of the version before is asked three times, and gets its parts as requests", async () => {
  const { h, device } = await streaming();
  const { uploadId } = await openSample(h, device, await newChain(h, device));
  const asked: string[] = [];
  const { createServer, request } = await import("node:http");
  const { baseUrl, clock, random } = h;
  const proxy = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url?.replace(/^.*parts/, "parts")}`);
    if (incoming.method === "GET") return void outgoing.writeHead(404).end();
    const { headers, method } = incoming;
    const onward = request(`${baseUrl}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as { port: number };
  const fetch = withPartStreams(createVaultFetch());
  const url = `http://127.0.0.1:${port}`;
  const client = createVaultClient({ baseUrl: url, fetch, clock, random, token: device.token, triesMax: 1 });
  const body = new Uint8Array(random.bytes(mebibyte));
  for (let n = 0; n < 5; n++) await client.putPart(uploadId, { n, offset: n * mebibyte, sha256: sha256(body), body });
  expect(asked.filter((line) => line.startsWith("GET"))).toEqual(Array(3).fill("GET parts"));
  expect(asked.filter((line) => line.startsWith("PUT"))).toHaveLength(5);
  proxy.closeAllConnections();
  proxy.close();
});
