import { type Bytes, Failure, fromUtf8, toHex } from "@casaforte/kernel";
import type { z } from "zod";
import {
  type ChainState,
  type CommitReply,
  type CommitRequest,
  type ComposeRequest,
  chainState,
  commitReply,
  type DeviceReply,
  deviceReply,
  type EnrolReply,
  type EnrolRequest,
  enrolReply,
  type FileReply,
  filesReply,
  type Hello,
  helloReply,
  type KeyringVersions,
  keyringVersionsReply,
  type ObjectPutReply,
  type OpenUploadRequest,
  objectPutReply,
  type PartState,
  type PointReply,
  partState,
  pointsReply,
  type UploadReply,
  uploadPartsReply,
  uploadReply,
  vaultHeaders,
  vaultPaths,
  vaultProblem,
} from "./contract.ts";
import { formatHoles, type PartHole } from "./holes.ts";
import { vaultLimits } from "./limits.ts";
import { devicePolicyReply, type PolicyAcknowledgement, type StandingPolicy } from "./policy-contract.ts";
import { readResumed } from "./read-resumed.ts";
import type { RunReport } from "./report-contract.ts";
import { authorization, bodyOf, send, urlOf, type VaultReply, type WireOptions, type WireRequest } from "./wire.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A versioned object of a chain with its bytes, checked against the vault's SHA-256. */
export interface VaultObject {
  readonly version: number;
  readonly sha256: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface PartInput {
  /** Part number, from 0; any order. */
  readonly n: number;
  /** Where the part begins in the file. */
  readonly offset: number;
  /** Zeros inside the part's stretch that `body` leaves out; only where the vault takes them (`partHolesMax`). */
  readonly holes?: readonly PartHole[];
  /** SHA-256 of `body`, lower-case hexadecimal. */
  readonly sha256: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface RangeOptions extends CallOptions {
  /** First byte, from 0. Default 0. */
  readonly offset?: number;
  /** Default: to the end. */
  readonly length?: number;
}

export interface PolicyOptions extends CallOptions {
  /** `etag` of what is followed. */
  readonly known?: string;
  /** At most `policyWaitSecondsMax`. Default 0. */
  readonly waitSeconds?: number;
}

/** Lists are read page by page as they are consumed. */
export interface ListOptions extends CallOptions {
  readonly chainId?: string;
}

/**
 * The vault, typed. Every call repeats by itself on lost connections, 429 and 5xx (see `send`), and throws a Failure
 * whose `code` is one of `vaultCodes`, or unavailable `vault.unreachable`. All calls but `enrol` may safely be repeated.
 */
export interface VaultClient {
  hello(options?: CallOptions): Promise<Hello>;
  /** Trades an enrolment token for a device token; never repeated after a lost reply. @throws vault.enrolment_invalid. */
  enrol(input: EnrolRequest, options?: CallOptions): Promise<EnrolReply>;
  device(options?: CallOptions): Promise<DeviceReply>;
  report(input: RunReport, options?: CallOptions): Promise<void>;
  /** What to follow. With `known` waits up to `waitSeconds` at the vault for another; null: it still stands. */
  policy(options?: PolicyOptions): Promise<StandingPolicy | null>;
  acknowledgePolicy(input: PolicyAcknowledgement, options?: CallOptions): Promise<void>;
  putChain(chainId: string, label: string, options?: CallOptions): Promise<ChainState>;
  chain(chainId: string, options?: CallOptions): Promise<ChainState>;
  /** @throws vault.over_quota with figures, vault.parent_moved with the head's id. */
  openUpload(input: OpenUploadRequest, options?: CallOptions): Promise<UploadReply>;
  upload(uploadId: string, options?: CallOptions): Promise<UploadReply>;
  uploadParts(uploadId: string, options?: CallOptions): AsyncIterable<PartState>;
  /** @throws vault.hash_mismatch, vault.part_conflict, vault.upload_closed, vault.over_quota. */
  putPart(uploadId: string, part: PartInput, options?: CallOptions): Promise<PartState>;
  putBlockMap(uploadId: string, bytes: Uint8Array<ArrayBuffer>, options?: CallOptions): Promise<{ sha256: string }>;
  /** References to stored bytes in the place of parts. @throws vault.not_found when a source is not of the chain. */
  compose(uploadId: string, input: ComposeRequest, options?: CallOptions): Promise<void>;
  /** Makes the file and its restore point visible. @throws vault.incomplete, vault.parent_moved, vault.head_mismatch. */
  commit(uploadId: string, input: CommitRequest, options?: CallOptions): Promise<CommitReply>;
  abortUpload(uploadId: string, options?: CallOptions): Promise<void>;
  files(options?: ListOptions): AsyncIterable<FileReply>;
  /** Streams a file or a range; goes on where it was when the connection breaks. */
  readFile(fileId: string, options?: RangeOptions): AsyncIterable<Uint8Array>;
  /** A range in memory. @throws corrupt `vault.short_read` when the file ends before. */
  readRange(fileId: string, offset: number, length: number, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** The same into the caller's memory, which is filled. @throws corrupt `vault.short_read`. */
  readInto(fileId: string, offset: number, into: Uint8Array, options?: CallOptions): Promise<void>;
  readBlockMap(fileId: string, options?: CallOptions): AsyncIterable<Uint8Array>;
  /**
   * Stored bytes once more, of a file that is damaged there; at most `partBytesMax`. The vault takes them only when the
   * part they lie in is then what it was. @throws vault.mend_differs with `offset` and `length` of that part in the file.
   */
  mend(fileId: string, offset: number, bytes: Uint8Array<ArrayBuffer>, options?: CallOptions): Promise<void>;
  /** Null when the chain has none yet. `version`: an older one; the current by default. */
  keyring(chainId: string, version?: number, options?: CallOptions): Promise<VaultObject | null>;
  /** `expected` is the version that is replaced, 0 for the first. @throws vault.version_moved. */
  /** Ascending; of many the oldest and the newest. */
  keyringVersions(chainId: string, options?: CallOptions): Promise<KeyringVersions>;
  putKeyring(
    chainId: string,
    bytes: Uint8Array<ArrayBuffer>,
    expected: number,
    options?: CallOptions,
  ): Promise<ObjectPutReply>;
  vbm(chainId: string, version?: number, options?: CallOptions): Promise<VaultObject | null>;
  putVbm(
    chainId: string,
    bytes: Uint8Array<ArrayBuffer>,
    expected: number,
    options?: CallOptions,
  ): Promise<ObjectPutReply>;
  points(options?: ListOptions): AsyncIterable<PointReply>;
  /** Into the recycle bin. @throws vault.point_locked with `lockedUntil`, vault.point_needed. */
  deletePoint(pointId: string, options?: CallOptions): Promise<void>;
}

/** SHA-256 as the protocol writes it. */
export async function sha256Hex(bytes: Bytes): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))));
}

function parseReply<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw strange(parsed.error);
}

const strange = (cause?: unknown): Failure =>
  new Failure("unsupported", "vault.reply", "the vault's answer is not of this protocol", { cause });

/** The body of a reply. @throws unavailable `vault.unreachable` when it breaks off; unsupported `vault.reply`. */
async function wholeOf(reply: VaultReply, bytesMax: number, signal: AbortSignal | undefined) {
  let bytes: Uint8Array<ArrayBuffer> | null;
  try {
    bytes = await bodyOf(reply, bytesMax);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Failure("unavailable", "vault.unreachable", "the vault's answer broke off", { cause: error });
  }
  if (bytes === null) throw strange();
  return bytes;
}

async function jsonOf(reply: VaultReply, signal: AbortSignal | undefined): Promise<unknown> {
  const bytes = await wholeOf(reply, vaultLimits.replyBytesMax, signal);
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (error) {
    throw new Failure("unavailable", "vault.unreachable", "the vault's answer broke off", { cause: error });
  }
}

/** The version that an ETag is. */
function versionOf(etag: string | null): number {
  const [, digits] = /^(?:W\/)?"([1-9]\d{0,8})"$/.exec(etag ?? "") ?? [];
  if (digits === undefined) throw strange();
  return Number(digits);
}

/** Makes a client of one vault and one token. Nothing is sent before the first call. */
export function createVaultClient(wire: WireOptions): VaultClient {
  const json = async <S extends z.ZodType>(schema: S, request: WireRequest): Promise<z.infer<S>> => {
    return parseReply(schema, await jsonOf(await send(wire, request), request.signal));
  };
  const done = async (request: WireRequest): Promise<void> => {
    await (await send(wire, request)).body?.cancel();
  };

  async function object(
    path: string,
    version: number | undefined,
    bytesMax: number,
    { signal }: CallOptions,
  ): Promise<VaultObject | null> {
    const reply = await send(wire, { method: "GET", path, query: { version }, accept: [404], signal });
    if (reply.status === 404) {
      const problem = vaultProblem.safeParse(await jsonOf(reply, signal).catch(() => null));
      // A chain without this object yet says so; a chain that is not ours says nothing.
      if (problem.data?.details?.["object"] === "none") return null;
      throw new Failure("not_found", "vault.not_found", "there is no such chain or version");
    }
    const bytes = await wholeOf(reply, bytesMax, signal);
    const sha256 = await sha256Hex(bytes);
    if (sha256 !== reply.headers.get(vaultHeaders.sha256))
      throw new Failure("corrupt", "vault.hash_mismatch", "the object did not arrive as it was stored");
    return { version: versionOf(reply.headers.get("etag")), sha256, bytes };
  }

  async function putObject(path: string, body: Uint8Array<ArrayBuffer>, expected: number, options: CallOptions) {
    const condition: Record<string, string> =
      expected === 0 ? { "if-none-match": "*" } : { "if-match": `"${expected}"` };
    const headers = { [vaultHeaders.sha256]: await sha256Hex(body), ...condition };
    return json(objectPutReply, { method: "PUT", path, headers, body, signal: options.signal });
  }

  async function policy({ known, waitSeconds, signal }: PolicyOptions): Promise<StandingPolicy | null> {
    const headers: Record<string, string> = known === undefined ? {} : { "if-none-match": `"${known}"` };
    const query = { wait: waitSeconds };
    const reply = await send(wire, { method: "GET", path: vaultPaths.policy, query, headers, accept: [304], signal });
    if (reply.status === 304) return null;
    const body = parseReply(devicePolicyReply, await jsonOf(reply, signal));
    return { etag: (reply.headers.get("etag") ?? "").replaceAll('"', ""), reply: body };
  }

  async function* pages<T>(
    path: string,
    options: ListOptions,
    read: (request: WireRequest) => Promise<{ items: readonly T[]; next: string | null }>,
  ): AsyncGenerator<T> {
    let cursor: string | undefined;
    for (let count = 0; count < vaultLimits.replyPagesMax; count++) {
      const query = { chainId: options.chainId, cursor };
      const page = await read({ method: "GET", path, query, signal: options.signal });
      yield* page.items;
      if (page.next === null) return;
      // A list that begins anew would never end.
      if (page.next === cursor || page.items.length === 0) throw strange();
      cursor = page.next;
    }
    throw strange();
  }

  async function* uploadParts(uploadId: string, options: CallOptions): AsyncGenerator<PartState> {
    for (let after = -1; ; ) {
      const path = vaultPaths.upload(uploadId);
      const page = await json(uploadPartsReply, { method: "GET", path, query: { after }, signal: options.signal });
      yield* page.parts;
      if (page.nextAfter === null) return;
      if (page.nextAfter <= after || page.nextAfter >= vaultLimits.partsMax) throw strange();
      after = page.nextAfter;
    }
  }

  async function readRange(fileId: string, offset: number, length: number, options: CallOptions) {
    const whole = new Uint8Array(length);
    await readInto(fileId, offset, whole, options);
    return whole;
  }

  async function readInto(fileId: string, offset: number, into: Uint8Array, options: CallOptions): Promise<void> {
    const { length } = into;
    const path = vaultPaths.file(fileId);
    let at = 0;
    if (wire.fill !== undefined && length > 0) {
      at = await wire.fill({
        url: urlOf(wire.baseUrl, { path }),
        headers: authorization(wire),
        offset,
        into,
        ...options,
      });
    }
    if (at < length)
      for await (const piece of readResumed(wire, path, { ...options, offset: offset + at, length: length - at })) {
        into.set(piece, at);
        at += piece.length;
      }
    if (at !== length) throw new Failure("corrupt", "vault.short_read", "the file ends before the range");
  }

  return {
    hello: ({ signal } = {}) => json(helloReply, { method: "GET", path: vaultPaths.hello, signal }),
    enrol: (input, { signal } = {}) =>
      json(enrolReply, {
        method: "POST",
        path: vaultPaths.enrolments,
        body: JSON.stringify(input),
        repeatable: false,
        signal,
      }),
    device: ({ signal } = {}) => json(deviceReply, { method: "GET", path: vaultPaths.device, signal }),
    report: (input, { signal } = {}) =>
      done({ method: "POST", path: vaultPaths.reports, body: JSON.stringify(input), signal }),
    policy: (options = {}) => policy(options),
    acknowledgePolicy: (input, { signal } = {}) =>
      done({ method: "POST", path: vaultPaths.policyAcknowledgement, body: JSON.stringify(input), signal }),
    putChain: (chainId, label, { signal } = {}) =>
      json(chainState, { method: "PUT", path: vaultPaths.chain(chainId), body: JSON.stringify({ label }), signal }),
    chain: (chainId, { signal } = {}) => json(chainState, { method: "GET", path: vaultPaths.chain(chainId), signal }),
    openUpload: (input, { signal } = {}) =>
      json(uploadReply, { method: "POST", path: vaultPaths.uploads, body: JSON.stringify(input), signal }),
    upload: async (uploadId, { signal } = {}) => {
      const path = vaultPaths.upload(uploadId);
      return (await json(uploadPartsReply, { method: "GET", path, query: { limit: 1 }, signal })).upload;
    },
    uploadParts: (uploadId, options = {}) => uploadParts(uploadId, options),
    putPart: (uploadId, part, { signal } = {}) =>
      json(partState, {
        method: "PUT",
        path: vaultPaths.part(uploadId, part.n),
        headers: {
          [vaultHeaders.offset]: String(part.offset),
          [vaultHeaders.sha256]: part.sha256,
          ...(part.holes?.length ? { [vaultHeaders.holes]: formatHoles(part.holes) } : {}),
        },
        body: part.body,
        signal,
      }),
    putBlockMap: async (uploadId, body, { signal } = {}) => {
      const sha256 = await sha256Hex(body);
      const headers = { [vaultHeaders.sha256]: sha256 };
      await done({ method: "PUT", path: vaultPaths.uploadBlockMap(uploadId), headers, body, signal });
      return { sha256 };
    },
    compose: (uploadId, input, { signal } = {}) =>
      done({ method: "POST", path: vaultPaths.compose(uploadId), body: JSON.stringify(input), signal }),
    commit: (uploadId, input, { signal } = {}) =>
      json(commitReply, { method: "POST", path: vaultPaths.commit(uploadId), body: JSON.stringify(input), signal }),
    abortUpload: (uploadId, { signal } = {}) => done({ method: "DELETE", path: vaultPaths.upload(uploadId), signal }),
    files: (options = {}) =>
      pages(vaultPaths.files, options, async (request) => {
        const page = await json(filesReply, request);
        return { items: page.files, next: page.nextCursor };
      }),
    readFile: (fileId, options = {}) => readResumed(wire, vaultPaths.file(fileId), options),
    readRange: (fileId, offset, length, options = {}) => readRange(fileId, offset, length, options),
    readInto: (fileId, offset, into, options = {}) => readInto(fileId, offset, into, options),
    readBlockMap: (fileId, options = {}) => readResumed(wire, vaultPaths.fileBlockMap(fileId), options),
    mend: async (fileId, offset, body, { signal } = {}) => {
      const headers = { [vaultHeaders.offset]: String(offset), [vaultHeaders.sha256]: await sha256Hex(body) };
      await done({ method: "PUT", path: vaultPaths.fileMended(fileId), headers, body, signal });
    },
    keyring: (chainId, version, options = {}) =>
      object(vaultPaths.keyring(chainId), version, vaultLimits.keyringBytesMax, options),
    keyringVersions: async (chainId, { signal } = {}) =>
      (await json(keyringVersionsReply, { method: "GET", path: vaultPaths.keyringVersions(chainId), signal })).versions,
    putKeyring: (chainId, body, expected, options = {}) =>
      putObject(vaultPaths.keyring(chainId), body, expected, options),
    vbm: (chainId, version, options = {}) => object(vaultPaths.vbm(chainId), version, vaultLimits.vbmBytesMax, options),
    putVbm: (chainId, body, expected, options = {}) => putObject(vaultPaths.vbm(chainId), body, expected, options),
    points: (options = {}) =>
      pages(vaultPaths.points, options, async (request) => {
        const page = await json(pointsReply, request);
        return { items: page.points, next: page.nextCursor };
      }),
    deletePoint: (pointId, { signal } = {}) => done({ method: "DELETE", path: vaultPaths.point(pointId), signal }),
  };
}
