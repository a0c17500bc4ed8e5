import { createHash } from "node:crypto";
import { Failure } from "@casaforte/kernel";
import { type MemoryFile, notFound } from "./state.ts";

/** Puts bytes back into parts that are not any more what was stored. Parts that are references are left as they are. */
export function mendParts(file: MemoryFile, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length;
  if (end > file.size) throw notFound();
  for (const part of file.parts) {
    const from = Math.max(offset, part.offset);
    const to = Math.min(end, part.offset + part.length);
    if (from >= to || part.sha256 === "" || digest(part.bytes) === part.sha256) continue;
    const mended = part.bytes.slice();
    mended.set(bytes.subarray(from - offset, to - offset), from - part.offset);
    if (digest(mended) !== part.sha256)
      throw new Failure("conflict", "vault.mend_differs", "with these bytes the part is not what was stored", {
        details: { offset: part.offset, length: part.length },
      });
    part.bytes.set(mended);
  }
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
