import { createHash } from "node:crypto";
import { BlockUse, openArena } from "@casaforte/arena";
import { concatBytes, Failure, type Id, newId, toHex } from "@casaforte/kernel";
import { decodeBlockMap, encodeBlockMap, type FileReply, type VaultClient, withoutZeros } from "@casaforte/vault";
import {
  type ChainPosition,
  type ComposeRange,
  type Container,
  composeFull,
  type FinishedContainer,
  liveKeySets,
  VbkBuilder,
  ChainImage as VbkChain,
  writeSummary,
} from "@casaforte/vbk";
import { FileKeys, sealBlock } from "@casaforte/vbk/seal";
import type { RunContext } from "../commands/context.ts";
import { composeRangesMax, partBytes } from "../limits.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { partsOf } from "../upload/metadata-parts.ts";
import { asciiName } from "./ascii-name.ts";
import { ChainImage, lineageOf, openChain } from "./chain-image.ts";
import { chunkHash } from "./chunk-hash.ts";
import { noteRepack } from "./repack.ts";
import { imageName, updateVbm } from "./vbm.ts";

export interface ComposeInput {
  readonly pointId: string;
  readonly repackBytesMax: number;
}

/**
 * Makes a point's file a full of the same image, out of ciphertext that the vault holds: only metadata are sent. Blocks
 * that neither the point nor those built upon it need become holes. The point keeps id, time and lock; its children follow
 * the full by the root that it stands for.
 */
export async function composePoint(context: RunContext, input: ComposeInput): Promise<void> {
  const { vault, storageKey, signal, enrolment, home } = context;
  const { chainId, deviceId, name } = enrolment;
  const files: FileReply[] = [];
  for await (const file of vault.files({ chainId })) files.push(file);
  const index = files.findIndex((file) => file.pointId === input.pointId);
  const target = files[index];
  if (target === undefined || target.kind === "vbk") return;
  const leaves = leavesOf(files, target);
  using image = await openChain({ vault, chainId, storageKey, pointId: target.pointId, signal });
  const use = new BlockUse();
  await use.add(await openArena((block) => image.readBlock(block), chunkHash));
  const added = new Set([target.fileId]);
  for (const leaf of leaves) await addUseBehind(context, { files, leaf, added, use });
  await sendComposed(context, {
    files,
    target,
    containers: image.containers,
    isUsed: (block) => use.isUsed(block),
  });
  const folderName = asciiName(name);
  await updateVbm({ vault, storageKey, chainId, deviceId, name, folderName });
  if (leaves.length === 0) noteRepack(home, { chainId, pointId: target.pointId }, use, image, input.repackBytesMax);
}

/** Of the files that stand upon a file, however far, those that nothing stands upon: several where the chain has branches. */
function leavesOf(files: readonly FileReply[], target: FileReply): readonly FileReply[] {
  const above = new Set([target.fileId]);
  const parents = new Set(files.map((file) => file.parent?.fileId));
  const isAbove = (file: FileReply) => file.parent !== null && above.has(file.parent.fileId);
  // Parents come before their children.
  for (const file of files) if (isAbove(file)) above.add(file.fileId);
  return files.filter((file) => isAbove(file) && !parents.has(file.fileId));
}

interface Branch {
  readonly files: readonly FileReply[];
  readonly leaf: FileReply;
  /** Files of points whose use was added already. */
  readonly added: Set<string>;
  readonly use: BlockUse;
}

/** Adds what the points of a branch use, from its end back to the first one that was added. */
async function addUseBehind(context: RunContext, { files, leaf, added, use }: Branch): Promise<void> {
  const { vault, storageKey, signal, enrolment } = context;
  const { chainId } = enrolment;
  using image = await openChain({ vault, chainId, storageKey, pointId: leaf.pointId, files, signal });
  for (const [at, { fileId }] of lineageOf(leaf, files).entries()) {
    if (added.has(fileId)) return;
    added.add(fileId);
    // Points of one branch share its open files.
    const point = new ChainImage(image.containers.slice(at));
    await use.add(await openArena((block) => point.readBlock(block), chunkHash));
  }
}

interface ComposedSource {
  readonly files: readonly FileReply[];
  readonly target: FileReply;
  /** Newest first. */
  readonly containers: readonly Container[];
  isUsed(block: number): boolean;
}

async function sendComposed(context: RunContext, source: ComposedSource): Promise<void> {
  const { vault, storageKey, signal, enrolment } = context;
  const { files, target, containers, isUsed } = source;
  const call = { signal };
  const chain = new VbkChain([...containers].reverse());
  const [own] = containers;
  if (own?.position == null || own.root === null) throw new Failure("corrupt", "agent.chain", "the file has no place");
  const id = () => newId<Id<"File">>(systemClock, systemRandom);
  const nowMs = systemClock.nowMs();
  const position: ChainPosition = {
    fileId: id(),
    chainId: target.chainId,
    pointId: own.position.pointId,
    parentRoot: null,
    standsFor: own.position.standsFor ?? own.root,
  };
  const olderKeySets = liveKeySets(chain, isUsed);
  const keys = new FileKeys({ storageKey, fileId: position.fileId, random: systemRandom, nowMs, olderKeySets });
  const builder = new VbkBuilder({ kind: "full", position, sealer: keys });
  const maps = await blockMapsOf(context, files, containers);
  const ranges = composeFull(builder, chain, (container, offset) => hashAt(maps, container, offset), isUsed);
  const folderName = asciiName(enrolment.name);
  const summary = sealBlock(
    writeSummary({
      chainId: target.chainId,
      fileId: position.fileId,
      pointId: position.pointId,
      pointNumber: files.indexOf(target) + 1,
      kind: "full",
      createdMs: Math.floor(Date.parse(target.at) / 1000) * 1000,
      jobName: enrolment.name,
      objectId: enrolment.deviceId,
      objectName: enrolment.name,
      fileName: target.fileName.replace(/\.vib$/, ".vbk"),
      previousFileName: "",
      folderName,
      imageName,
      imageBytes: chain.sizeBytes,
      sealed: true,
    }),
    keys.blockKeys,
  );
  const { offset: summaryOffset } = builder.placeSummary(summary);
  const { uploadId, partHolesMax = 0 } = await vault.openUpload(
    {
      key: id(),
      chainId: target.chainId,
      kind: "vbk",
      fileName: target.fileName.replace(/\.vib$/, ".vbk"),
      estimatedBytes: 0,
      replaces: { pointId: target.pointId, fileRoot: target.fileRoot },
    },
    call,
  );
  try {
    const leaveOutFreePages = partHolesMax > 0;
    const container = builder.finish({ imageName, folderName, imageBlocks: chain.blocks, leaveOutFreePages });
    await composeRanges(vault, uploadId, { ranges, files, signal });
    const { headSha256, blockMapSha256 } = await sendOwn(vault, uploadId, {
      container,
      summary: { offset: summaryOffset, bytes: summary.stored },
      holesMax: partHolesMax,
      signal,
    });
    const { sizeBytes: size, root } = container;
    await vault.commit(uploadId, { size, headSha256, fileRoot: toHex(root), parentRoot: null, blockMapSha256 }, call);
  } catch (error) {
    // The vault gives it up by itself after some days.
    await vault.abortUpload(uploadId).catch(() => undefined);
    throw error;
  } finally {
    keys.destroy();
  }
}

async function composeRanges(
  vault: VaultClient,
  uploadId: string,
  input: {
    readonly ranges: readonly ComposeRange[];
    readonly files: readonly FileReply[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const fileIds = new Map(input.files.map((file) => [file.fileRoot, file.fileId]));
  for (let at = 0; at < input.ranges.length; at += composeRangesMax) {
    const ranges = input.ranges.slice(at, at + composeRangesMax).map(({ from, fromOffset, toOffset, length }) => ({
      offset: toOffset,
      length,
      fromFileId: fileIds.get(toHex(from.root ?? new Uint8Array(0))) ?? "",
      fromOffset,
    }));
    await vault.compose(uploadId, { ranges }, { signal: input.signal });
  }
}

/** Sends what is new of a composed file: summary, metadata, block map and, last, the head. */
async function sendOwn(
  vault: VaultClient,
  uploadId: string,
  input: {
    readonly container: FinishedContainer;
    readonly summary: { readonly offset: number; readonly bytes: Uint8Array };
    readonly holesMax: number;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly headSha256: string; readonly blockMapSha256: string }> {
  const { container, summary, holesMax, signal } = input;
  const send = async (n: number, offset: number, bytes: Uint8Array): Promise<string> => {
    const { body, holes } = withoutZeros(bytes, holesMax);
    const sha256 = createHash("sha256").update(body).digest("hex");
    await vault.putPart(uploadId, { n, offset, sha256, body, holes }, { signal });
    return sha256;
  };
  await send(1, summary.offset, summary.bytes);
  let n = 2;
  for (const { offset, bytes } of partsOf(container.metadata, partBytes)) await send(n++, offset, bytes);
  const { sha256: blockMapSha256 } = await vault.putBlockMap(uploadId, encodeBlockMap(container.blockMap), { signal });
  return { blockMapSha256, headSha256: await send(0, 0, container.head) };
}

type BlockMaps = ReadonlyMap<Container, ReadonlyMap<number, Uint8Array>>;

async function blockMapsOf(
  { vault, signal }: RunContext,
  files: readonly FileReply[],
  containers: readonly Container[],
): Promise<BlockMaps> {
  const maps = new Map<Container, ReadonlyMap<number, Uint8Array>>();
  for (const container of containers) {
    const file = files.find((each) => each.fileRoot === toHex(container.root ?? new Uint8Array(0)));
    if (file === undefined) throw new Failure("corrupt", "agent.chain", "a file of the chain is missing");
    const pieces: Uint8Array[] = [];
    for await (const piece of vault.readBlockMap(file.fileId, { signal })) pieces.push(piece);
    const entries = decodeBlockMap(concatBytes(pieces));
    maps.set(container, new Map(entries.map((entry) => [entry.offset, entry.sha256])));
  }
  return maps;
}

function hashAt(maps: BlockMaps, container: Container, offset: number): Uint8Array {
  const sha256 = maps.get(container)?.get(offset);
  if (sha256 === undefined) throw new Failure("corrupt", "agent.chain", "a block map does not know a block");
  return sha256;
}
