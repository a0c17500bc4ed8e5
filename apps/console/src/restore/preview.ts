import { concatBytes } from "@casaforte/kernel";
import { restoreLimits } from "./limits.ts";
import type { Preview } from "./protocol.ts";
import type { Node } from "./tree.ts";

/** Pictures that a browser draws by itself, by how their bytes begin. SVG is a document with a language of its own: it is text here. */
const pictures = [
  { type: "image/png", at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: "image/jpeg", at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: "image/gif", at: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: "image/webp", at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
] as const;

/**
 * What a file shows without being saved: a picture of at most `previewPictureBytesMax`, or the first `previewTextBytesMax`
 * of a text. Its content tells what it is, not its name; chunks after those are not read.
 * @throws corrupt, unavailable `restore.network`, cancelled.
 */
export async function previewOf({ entry, arena }: Node, signal: AbortSignal): Promise<Preview> {
  if (entry.type !== "file") return { kind: "none" };
  const { sizeBytes } = entry.content;
  const { previewTextBytesMax: textMax, previewPictureBytesMax: pictureMax } = restoreLimits;
  const pieces: Uint8Array[] = [];
  let found: (typeof pictures)[number] | undefined;
  let length = 0;
  for await (const extent of arena.extents(entry.content)) {
    signal.throwIfAborted();
    // A hole is made of zeros, which neither a text nor the head of a picture has.
    if (extent.kind !== "chunk") return { kind: "none" };
    const piece = await arena.chunk(extent.ref);
    if (length === 0) {
      found = pictures.find(({ at, bytes }) => bytes.every((byte, index) => piece[at + index] === byte));
      if (found !== undefined && sizeBytes > pictureMax) return { kind: "none" };
    }
    // Good until the next read alone.
    pieces.push(piece.slice());
    length += piece.length;
    if (found === undefined && length >= textMax) break;
  }
  signal.throwIfAborted();
  const bytes = concatBytes(pieces);
  if (found !== undefined) return { kind: "picture", blob: new Blob([bytes], { type: found.type }) };
  const text = textOf(bytes.subarray(0, textMax), sizeBytes > textMax);
  return text === null ? { kind: "none" } : { kind: "text", text, isWhole: sizeBytes <= textMax };
}

/** What texts have below the space: tab, ends of lines and pages, and the escape of coloured logs. */
const controls = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b]);

/** UTF-8, else as old Windows programs wrote; null for what is no text. The last character of a beginning may be cut. */
function textOf(bytes: Uint8Array, isCut: boolean): string | null {
  if (bytes.some((byte) => byte < 0x20 && !controls.has(byte))) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
