import type { FileHandle } from "node:fs/promises";

/**
 * Writes all pieces, at the file's own position when none is given. A disk that fills in the middle takes a part and says
 * so by the count alone: that is an error here. @throws the system's error, `ENOSPC` for a part.
 */
export async function writeAll(file: FileHandle, pieces: readonly Uint8Array[], position?: number): Promise<void> {
  const wanted = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { bytesWritten } = await file.writev(pieces as Uint8Array<ArrayBuffer>[], position);
  if (bytesWritten === wanted) return;
  const message = `only ${bytesWritten} of ${wanted} bytes were written`;
  throw Object.assign(new Error(message), { code: "ENOSPC", syscall: "writev" });
}
