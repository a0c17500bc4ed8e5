import { blockSizeBytes } from "@casaforte/arena";
import { type Id, newId } from "@casaforte/kernel";
import { packBlock, VbkBuilder, writeSummary } from "@casaforte/vbk";
import { asciiName } from "../chain/ascii-name.ts";
import { systemClock, systemRandom } from "../outside.ts";
import type { OutputFile, Sink } from "./sink.ts";

export interface VbkInput {
  readonly output: OutputFile;
  /** Name of the file as the summary has it. */
  readonly fileName: string;
  readonly deviceId: string;
  readonly deviceName: string;
  /** Name of the image in the container. */
  readonly imageName: string;
  /** Writes the image: a tar, or a disk. */
  readonly image: (sink: Sink) => Promise<void>;
}

/**
 * A self-contained plain VBK around an image: format 13, 1 MiB blocks, LZ4 or plain, true MD5, blocks of zeros as holes,
 * so that any reader of the layout can take the image out. FORMAT.md §13.
 */
export async function writePlainVbk(input: VbkInput): Promise<{ readonly imageBlocks: number }> {
  const { output } = input;
  const id = () => newId<Id<"File">>(systemClock, systemRandom);
  const position = { fileId: id(), chainId: id(), pointId: id(), parentRoot: null };
  const builder = new VbkBuilder({ kind: "full", position });
  const blocks = new BlockSink((index, bytes) => {
    if (bytes.every((byte) => byte === 0)) return;
    const packed = packBlock(bytes);
    output.put(builder.placeBlock(index, packed).offset, packed.stored);
  });
  await input.image(blocks);
  const imageBlocks = blocks.end();
  const folderName = asciiName(input.deviceName);
  const summary = writeSummary({
    ...position,
    pointNumber: 1,
    kind: "full",
    createdMs: systemClock.nowMs(),
    jobName: input.deviceName,
    objectId: input.deviceId,
    objectName: input.deviceName,
    fileName: input.fileName,
    previousFileName: "",
    folderName,
    imageName: input.imageName,
    imageBytes: imageBlocks * blockSizeBytes,
    sealed: false,
  });
  const packed = packBlock(summary, { compress: false });
  output.put(builder.placeSummary(packed).offset, packed.stored);
  const finished = builder.finish({ imageName: input.imageName, folderName, imageBlocks });
  for (const piece of finished.metadata) output.put(piece.offset, piece.bytes);
  output.put(0, finished.head);
  return { imageBlocks };
}

/** Cuts what is written into blocks; the last one is filled up with zeros. */
class BlockSink implements Sink {
  readonly #onBlock: (index: number, bytes: Uint8Array) => void;
  readonly #block = Buffer.alloc(blockSizeBytes);
  #filled = 0;
  #count = 0;

  constructor(onBlock: (index: number, bytes: Uint8Array) => void) {
    this.#onBlock = onBlock;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + blockSizeBytes - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === blockSizeBytes) {
        this.#give();
        // Packing makes buffers of the compressor's own, which are freed only when the loop turns.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  end(): number {
    if (this.#filled > 0 || this.#count === 0) {
      this.#block.fill(0, this.#filled);
      this.#give();
    }
    return this.#count;
  }

  #give(): void {
    this.#onBlock(this.#count++, this.#block);
    this.#filled = 0;
  }
}
