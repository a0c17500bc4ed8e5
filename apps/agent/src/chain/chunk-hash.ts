import { createHmac } from "node:crypto";
import type { ChunkHash } from "@casaforte/arena";

/** The arena's keyed hash: HMAC-SHA-256. */
export const chunkHash: ChunkHash = (key, bytes) => createHmac("sha256", key).update(bytes).digest();
