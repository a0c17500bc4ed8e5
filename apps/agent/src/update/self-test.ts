import { packBlock } from "@casaforte/vbk";
import { listXattrs } from "../posix.ts";

/** Uses what is not JavaScript in this program, so that a package that does not fit the machine shows it at once. @throws Error. */
export function selfTest(): void {
  // LZ4 and CRC-32C.
  packBlock(new Uint8Array(64 * 1024));
  listXattrs(Buffer.from("/"));
}
