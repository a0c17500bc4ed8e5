import { headBytes } from "./layout.ts";
import { banksTogether } from "./read-banks.ts";
import { readHeadStart } from "./read-head.ts";
import type { RandomAccessSource } from "./types.ts";

/** The stored blocks of a file that has no more of them than this are fetched with the banks behind them. */
const blocksAheadBytesMax = 128 * 1024;
/** Of a chain many files are fetched; larger banks are read when they are asked for. */
const banksAheadBytesMax = 1024 * 1024;

interface Stretch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Fetches what opening a file reads, before its key is known: nothing of it is believed by that, and what is not there is
 * read when it is asked for. The source given is for one opening: of what was fetched it keeps only the blocks, if they are few.
 * @throws what `source` throws; corrupt as `openContainer` does.
 */
export async function fetchAhead(source: RandomAccessSource): Promise<RandomAccessSource> {
  const fetched: Stretch[] = [];
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = await source.read(offset, length);
    fetched.push({ offset, bytes });
    return bytes;
  };
  const head = await readHeadStart({ size: source.size, read });
  const found = head === null ? null : banksTogether(head.slot.banks, source.size);
  const banks = found !== null && found.end - found.start <= banksAheadBytesMax ? found : null;
  let blocks: Stretch | null = null;
  if (banks !== null && banks.start - headBytes <= blocksAheadBytesMax) {
    const bytes = await source.read(headBytes, banks.end - headBytes);
    const at = banks.start - headBytes;
    blocks = { offset: headBytes, bytes: bytes.slice(0, at) };
    fetched.push({ offset: banks.start, bytes: bytes.subarray(at) });
  } else if (banks !== null) await read(banks.start, banks.end - banks.start);
  return {
    size: source.size,
    async read(offset, length) {
      const isIn = (stretch: Stretch) =>
        offset >= stretch.offset && offset + length <= stretch.offset + stretch.bytes.length;
      const at = fetched.findIndex(isIn);
      const kept = at < 0 ? blocks : fetched.splice(at, 1)[0];
      if (!kept || !isIn(kept)) return source.read(offset, length);
      const from = offset - kept.offset;
      // Banks are given away, blocks stay.
      return kept === blocks ? kept.bytes.slice(from, from + length) : kept.bytes.subarray(from, from + length);
    },
  };
}
