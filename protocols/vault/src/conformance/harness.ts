import { createHash } from "node:crypto";
import { request } from "node:http";
import type { PolicySettings } from "@casaforte/contract/policies";
import type { Clock, Random } from "@casaforte/kernel";
import { newId } from "@casaforte/kernel";
import { encodeBlockMap } from "../block-map.ts";
import { createVaultClient, type VaultClient } from "../client.ts";
import type { CommitReply, CommitRequest, UploadReply } from "../contract.ts";
import { vaultLimits } from "../limits.ts";

/** What a vault must offer so that the suite can drive it. */
export interface VaultHarness {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  /** A new space of a new customer. */
  addSpace(options: { readonly quotaBytes: number; readonly lockDays?: number }): Promise<string>;
  enrolmentToken(spaceId: string): Promise<string>;
  restoreToken(deviceId: string): Promise<string>;
  revokeDevice(deviceId: string): Promise<void>;
  /** Assigns a policy to a device, or its next version. */
  setPolicy(deviceId: string, policy: { readonly name: string; readonly settings: PolicySettings }): Promise<void>;
  /** Asks for a run now; the request's id. */
  requestRun(deviceId: string): Promise<string>;
  /** Moves the vault's clock. */
  advance(ms: number): Promise<void>;
}

export interface EnrolledDevice {
  readonly client: VaultClient;
  readonly deviceId: string;
  readonly token: string;
  readonly spaceId: string;
}

export const headBytes = vaultLimits.headBytes;
export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** Where made-up ids and bytes come from. */
export type Chance = Pick<VaultHarness, "clock" | "random">;
export const uuid = (h: Chance) => newId<ReturnType<typeof newId>>(h.clock, h.random) as string;
export const hex32 = (h: Chance) => Buffer.from(h.random.bytes(32)).toString("hex");

/** A client that gives up at the first trouble, so that a test sees it. */
export const clientOf = (h: VaultHarness, token?: string): VaultClient =>
  createVaultClient({
    baseUrl: h.baseUrl,
    fetch: (url, init) => fetch(url, init),
    clock: h.clock,
    random: h.random,
    triesMax: 1,
    ...(token === undefined ? {} : { token }),
  });

export async function enrolIn(h: VaultHarness, spaceId: string): Promise<EnrolledDevice> {
  const input = { name: "laptop", os: "linux", agentVersion: "0.1.0", hostname: "laptop.example" } as const;
  const reply = await clientOf(h).enrol({ token: await h.enrolmentToken(spaceId), ...input });
  return { client: clientOf(h, reply.deviceToken), deviceId: reply.deviceId, token: reply.deviceToken, spaceId };
}

export async function enrolDevice(
  h: VaultHarness,
  options: { quotaBytes?: number; lockDays?: number } = {},
): Promise<EnrolledDevice> {
  const { quotaBytes = 1e10, ...rest } = options;
  return enrolIn(h, await h.addSpace({ quotaBytes, ...rest }));
}

export async function newChain(h: VaultHarness, { client }: EnrolledDevice): Promise<string> {
  const chainId = uuid(h);
  await client.putChain(chainId, "home");
  return chainId;
}

/** A small file of a head and a tail, cut into parts of uneven size. */
export interface Sample {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly cuts: readonly { readonly offset: number; readonly length: number }[];
  readonly blockMap: Uint8Array<ArrayBuffer>;
  readonly commit: CommitRequest;
}

export function sample(h: Chance, tail: readonly number[] = [5000, 40_000, 1], parentRoot?: string): Sample {
  const size = headBytes + tail.reduce((sum, length) => sum + length, 0);
  const bytes = new Uint8Array(size);
  bytes.set(h.random.bytes(4096));
  bytes.set(h.random.bytes(size - headBytes), headBytes);
  const cuts: { offset: number; length: number }[] = [{ offset: 0, length: headBytes }];
  const entries = [];
  let offset: number = headBytes;
  for (const length of tail) {
    cuts.push({ offset, length });
    entries.push({
      offset,
      length,
      sha256: createHash("sha256")
        .update(bytes.subarray(offset, offset + length))
        .digest(),
    });
    offset += length;
  }
  const blockMap = encodeBlockMap(entries);
  const commit = {
    size,
    headSha256: sha256(bytes.subarray(0, headBytes)),
    fileRoot: hex32(h),
    parentRoot: parentRoot ?? null,
    blockMapSha256: sha256(blockMap),
  };
  return { bytes, cuts, blockMap, commit };
}

export function openSample(
  h: VaultHarness,
  { client }: EnrolledDevice,
  chainId: string,
  parent?: { fileId: string; fileRoot: string },
): Promise<UploadReply> {
  const kind = parent ? "vib" : "vbk";
  const fileName = `home-${uuid(h)}.${kind}`;
  const input = {
    key: uuid(h),
    chainId,
    kind,
    fileName,
    estimatedBytes: headBytes,
    ...(parent ? { parent } : {}),
  } as const;
  return client.openUpload(input);
}

export async function putSampleParts(
  { client }: EnrolledDevice,
  uploadId: string,
  file: Sample,
  numbers: readonly number[],
): Promise<void> {
  for (const n of numbers) {
    const cut = file.cuts[n];
    if (!cut) continue;
    const body = file.bytes.slice(cut.offset, cut.offset + cut.length);
    await client.putPart(uploadId, { n, offset: cut.offset, sha256: sha256(body), body });
  }
}

/** Uploads and commits a whole sample: tail first, head last. */
export async function storeSample(
  h: VaultHarness,
  device: EnrolledDevice,
  chainId: string,
  file: Sample = sample(h),
  parent?: { fileId: string; fileRoot: string },
): Promise<CommitReply & { file: Sample; uploadId: string }> {
  const { uploadId } = await openSample(h, device, chainId, parent);
  await putSampleParts(device, uploadId, file, [...file.cuts.keys()].reverse());
  await device.client.putBlockMap(uploadId, file.blockMap);
  const commit = { ...file.commit, parentRoot: parent?.fileRoot ?? null };
  return { ...(await device.client.commit(uploadId, commit)), file, uploadId };
}

export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await listOf(pieces));
}

/** Sends half of a part and breaks the connection. */
export function breakInPart(h: VaultHarness, device: EnrolledDevice, uploadId: string, n: number, offset: number) {
  const body = Buffer.alloc(200_000, n);
  return new Promise<void>((resolve) => {
    const sent = request(`${h.baseUrl}/vault/v1/uploads/${uploadId}/parts/${n}`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${device.token}`,
        "content-type": "application/octet-stream",
        "content-length": String(body.length),
        "x-sha256": sha256(body),
        "x-offset": String(offset),
      },
    });
    sent.on("error", () => resolve());
    sent.on("close", () => resolve());
    sent.write(body.subarray(0, 100_000), () => sent.destroy());
  });
}
