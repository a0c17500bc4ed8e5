import { equalBytes, Failure } from "@casaforte/kernel";
import { blockBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import type { Container, ImageBlock } from "./types.ts";

/** Which file of a chain shows an image block, and where in it. */
export type ChainBlock =
  | { readonly container: Container; readonly storeIndex: number }
  | { readonly container: null; readonly storeIndex: null };

/** The image at the point of the last file given: a full and the increments after it, in order. */
export class ChainImage {
  readonly containers: readonly Container[];
  readonly name: string;
  readonly sizeBytes: number;
  readonly blocks: number;

  /**
   * @throws precondition `vbk.chain_gap` when a file is missing, out of order or of another chain; precondition
   * `vbk.chain_start` when the first is not a full; too_large `vbk.chain_length`.
   */
  constructor(containers: readonly Container[]) {
    const [first] = containers;
    const last = containers.at(-1);
    if (containers.length > limits.chainFilesMax) {
      throw new Failure("too_large", "vbk.chain_length", "a chain of more files than a reader takes");
    }
    if (first === undefined || last === undefined || first.kind !== "full") {
      throw new Failure("precondition", "vbk.chain_start", "a chain begins with a full");
    }
    containers.forEach((container, index) => {
      const parent = containers[index - 1];
      if (parent !== undefined) checkLink(parent, container);
    });
    this.containers = containers;
    this.name = last.image.name;
    this.sizeBytes = last.image.sizeBytes;
    this.blocks = last.image.blocks;
  }

  /** Where the newest version of a block lies; `container` is null for a hole. */
  locate(index: number): ChainBlock {
    for (let at = this.containers.length - 1; at >= 0; at--) {
      const container = this.containers[at];
      // Beyond a point's end there was nothing: an image that shrank and grew again must not show older blocks there.
      if (container === undefined || index >= container.image.blocks) break;
      const block: ImageBlock = container.imageBlock(index);
      if (block.state === "stored") return { container, storeIndex: block.storeIndex };
      if (block.state === "hole") break;
    }
    return { container: null, storeIndex: null };
  }

  /** A block of the image, 1 MiB; zeros for a hole. @throws what `Container.readStored` throws; invalid `vbk.range`. */
  async readBlock(index: number): Promise<Uint8Array> {
    if (!Number.isInteger(index) || index < 0 || index >= this.blocks) {
      throw new Failure("invalid", "vbk.range", "the block is outside the image");
    }
    const block = this.locate(index);
    return block.container === null ? new Uint8Array(blockBytes) : block.container.readStored(block.storeIndex);
  }

  /** Any bytes of the image. @throws as `readBlock`. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes) {
      throw new Failure("invalid", "vbk.range", "the bytes are outside the image");
    }
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const within = (offset + at) % blockBytes;
      const block = await this.readBlock(Math.floor((offset + at) / blockBytes));
      const piece = block.subarray(within, Math.min(blockBytes, within + length - at));
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  close(): void {
    for (const container of this.containers) container.close();
  }
}

/** Whether a file that names this parent's root follows the file of that root: itself, or one that took its place. */
export const follows = (parentRoot: Uint8Array | null, parent: Uint8Array): boolean =>
  parentRoot !== null && equalBytes(parentRoot, parent);

function checkLink(parent: Container, child: Container): void {
  const isLinked =
    child.kind === "increment" &&
    child.sealed === parent.sealed &&
    child.image.name === parent.image.name &&
    child.position !== null &&
    parent.position !== null &&
    parent.root !== null &&
    child.position.chainId === parent.position.chainId &&
    child.position.parentRoot !== null &&
    follows(child.position.parentRoot, parent.position.standsFor ?? parent.root);
  if (!isLinked) {
    throw new Failure("precondition", "vbk.chain_gap", "a file does not follow the one before it");
  }
}
