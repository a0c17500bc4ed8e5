import { utf8 } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { blockBytes } from "./layout.ts";
import { packBlock } from "./pack-block.ts";
import { FileKeys, type SealOptions, type StorageKey, sealBlock } from "./seal/index.ts";
import type { ContainerKind, FinishedContainer, KeySetRecord, PackedBlock, RandomAccessSource } from "./types.ts";
import { VbkBuilder } from "./vbk-builder.ts";

export class MemorySource implements RandomAccessSource {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || offset + length > this.bytes.length) throw new Error(`read beyond the end: ${offset}+${length}`);
    return this.bytes.slice(offset, offset + length);
  }
}

export const uuid = (number: number): string => `00000000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;

export type BlockStyle = "zero" | "text" | "random" | "mixed";

/** A 1 MiB block of a kind, repeatable from its seed. */
export function sampleBlock(style: BlockStyle, seed: number): Uint8Array {
  if (style === "zero") return new Uint8Array(blockBytes);
  const random = new SeededRandom(seed + 1);
  const noise = random.bytes(style === "text" ? 256 : style === "mixed" ? 65_536 : blockBytes);
  const block = new Uint8Array(blockBytes);
  for (let at = 0; at < blockBytes; at += noise.length * (style === "mixed" ? 3 : 1)) {
    block.set(noise.subarray(0, Math.min(noise.length, blockBytes - at)), at);
  }
  return block;
}

export interface SampleInput {
  readonly kind?: ContainerKind;
  /** Plain contents by image block; null is a hole. */
  readonly blocks: ReadonlyMap<number, Uint8Array | null>;
  readonly imageBlocks: number;
  readonly number?: number;
  readonly parentRoot?: Uint8Array | null;
  readonly storageKey?: StorageKey;
  readonly passwordRecord?: KeySetRecord;
  /** Of sealed blocks; LZ4 by default. */
  readonly compression?: SealOptions["compression"];
  readonly leaveOutFreePages?: boolean;
}

export interface Sample {
  readonly bytes: Uint8Array;
  readonly finished: FinishedContainer;
}

export const sampleSummary = "<OibSummary><Backup Id='x'/></OibSummary>";

/** Builds a whole file in memory, sealed when a storage key is given. */
export function buildSample(input: SampleInput): Sample {
  const { storageKey, number = 1 } = input;
  const fileId = uuid(number);
  const keys =
    storageKey &&
    new FileKeys({
      storageKey,
      fileId,
      random: new SeededRandom(number),
      nowMs: 1_790_000_000_000,
      ...(input.passwordRecord ? { passwordRecord: input.passwordRecord } : {}),
    });
  const builder = new VbkBuilder({
    kind: input.kind ?? "full",
    position: { fileId, chainId: uuid(1000), pointId: uuid(2000 + number), parentRoot: input.parentRoot ?? null },
    ...(keys ? { sealer: keys } : {}),
  });
  const pieces: { offset: number; bytes: Uint8Array }[] = [];
  const pack = (plain: Uint8Array): PackedBlock =>
    keys
      ? sealBlock(plain, keys.blockKeys, input.compression ? { compression: input.compression } : {})
      : packBlock(plain);
  for (const [index, plain] of input.blocks) {
    if (plain === null) {
      builder.placeHole(index);
      continue;
    }
    const packed = pack(plain);
    pieces.push({ offset: builder.placeBlock(index, packed).offset, bytes: packed.stored });
  }
  const summary = keys ? pack(utf8(sampleSummary)) : packBlock(utf8(sampleSummary), { compress: false });
  pieces.push({ offset: builder.placeSummary(summary).offset, bytes: summary.stored });
  const { imageBlocks, leaveOutFreePages = false } = input;
  const finished = builder.finish({ imageName: "disk0", folderName: "host", imageBlocks, leaveOutFreePages });
  const bytes = new Uint8Array(finished.sizeBytes);
  for (const piece of [...pieces, ...finished.metadata, { offset: 0, bytes: finished.head }]) {
    bytes.set(piece.bytes, piece.offset);
  }
  keys?.destroy();
  return { bytes, finished };
}
