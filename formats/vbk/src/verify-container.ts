import { Failure } from "@casaforte/kernel";
import { limits } from "./limits.ts";
import { type OpenOptions, openContainer } from "./open-container.ts";
import { isZero } from "./page.ts";
import type { RandomAccessSource } from "./types.ts";

/** What a whole file held. */
export interface VerifyResult {
  readonly blocks: number;
  readonly plainBytes: number;
}

/**
 * Reads all of a file and believes nothing: both copies of the metadata, each block, each padding. A file that passes
 * has no changed bit anywhere. `signal` ends it between two blocks.
 * @throws what `openContainer` and `readStored` throw, and for damage that a copy would heal its warning as corrupt;
 * corrupt `vbk.padding`; cancelled `vbk.cancelled`.
 */
export async function verifyContainer(
  source: RandomAccessSource,
  options: OpenOptions & { readonly signal?: AbortSignal } = {},
): Promise<VerifyResult> {
  const container = await openContainer(source, { ...options, bothCopies: true });
  try {
    const [warning] = container.warnings;
    if (warning !== undefined) throw new Failure("corrupt", warning, "one copy of the metadata is damaged");
    let blocks = 0;
    let plainBytes = 0;
    for (let index = 0; index < container.storeCount; index++) {
      if (options.signal?.aborted) throw new Failure("cancelled", "vbk.cancelled", "verification was cancelled");
      const block = container.storedBlock(index);
      if (block.usage === 0) continue;
      plainBytes += (await container.readStored(index)).length;
      const padding = await source.read(block.offset + block.storedSize, block.allocatedSize - block.storedSize);
      if (padding.length >= limits.paddingBytesMax || !isZero(padding)) {
        throw new Failure("corrupt", "vbk.padding", "a block is not padded by zeros to the next page");
      }
      blocks++;
    }
    return { blocks, plainBytes };
  } finally {
    container.close();
  }
}
