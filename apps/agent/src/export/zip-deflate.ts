import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createDeflateRaw, deflateRaw } from "node:zlib";
import type { Deflate } from "@casaforte/zip";

/** Of Node, in its threads. */
export const zipDeflate: Deflate = {
  whole: promisify<Uint8Array, Uint8Array>(deflateRaw),
  async *stream(pieces) {
    const packed = createDeflateRaw();
    const fed = pipeline(pieces, packed);
    // Trouble with the pieces comes out of `packed`; this is not its only listener.
    fed.catch(() => undefined);
    yield* packed;
    await fed;
  },
};
