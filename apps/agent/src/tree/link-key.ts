import type { Entry } from "@casaforte/arena";

type FileEntry = Extract<Entry, { type: "file" }>;

/**
 * Equal for names that are to be one file; null for a file of one name. The content belongs to it: during a backup a
 * file's number may become another file's, and a file may change between two of its names.
 */
export function linkKey({ linkGroup, content }: FileEntry): string | null {
  if (linkGroup === null) return null;
  const extents = content.extents.map((extent) =>
    extent.kind === "chunk" ? Buffer.from(extent.ref.id).toString("latin1") : `${extent.kind}:${extent.lengthBytes}`,
  );
  return [linkGroup.device, linkGroup.inode, content.sizeBytes, content.depth, ...extents].join(":");
}
