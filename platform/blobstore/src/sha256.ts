import { createHash } from "node:crypto";
import type { Bytes } from "@casaforte/kernel";

export const sha256 = (bytes: Bytes): Uint8Array => createHash("sha256").update(bytes).digest();
