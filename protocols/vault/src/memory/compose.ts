import { Failure } from "@casaforte/kernel";
import type { ComposeRequest } from "../contract.ts";
import { type MemoryFile, type MemoryPart, type MemoryUpload, type MemoryVaultState, notFound } from "./state.ts";

/** Lets stored bytes of live files of the same chain stand in an upload. The same range again is nothing new. */
export function composeRanges(state: MemoryVaultState, upload: MemoryUpload, { ranges }: ComposeRequest): void {
  const pieces = ranges.flatMap((range) => {
    const source = state.live(upload.chain).find((file) => file.fileId === range.fromFileId);
    if (!source || range.fromOffset + range.length > source.size) throw notFound();
    return slice(source.parts, range);
  });
  for (const piece of pieces) {
    const known = upload.composed.get(piece.offset);
    if (known && (known.length !== piece.length || known.whole !== piece.whole))
      throw new Failure("conflict", "vault.part_conflict", "other bytes stand there already");
    upload.composed.set(piece.offset, piece);
  }
}

function slice(parts: readonly MemoryPart[], range: ComposeRequest["ranges"][number]): MemoryPart[] {
  const end = range.fromOffset + range.length;
  const found: MemoryPart[] = [];
  for (const part of parts) {
    const from = Math.max(part.offset, range.fromOffset);
    const to = Math.min(part.offset + part.length, end);
    if (from >= to) continue;
    const bytes = part.bytes.subarray(from - part.offset, to - part.offset);
    const offset = range.offset + from - range.fromOffset;
    found.push({ n: -1, offset, length: bytes.length, sha256: "", bytes, whole: part.whole });
  }
  return found;
}

/** The file whose place an upload takes; none when it makes a point of its own. @throws precondition `vault.point_moved`, conflict `vault.point_needed`. */
export function replacement(
  state: MemoryVaultState,
  { chain, replaces }: Pick<MemoryUpload, "chain" | "replaces">,
): { readonly old: MemoryFile | null } {
  if (replaces === null) return { old: null };
  const old = state.live(chain).find((file) => file.pointId === replaces.pointId);
  if (!old) throw notFound();
  if (old.fileRoot !== replaces.fileRoot)
    throw new Failure("precondition", "vault.point_moved", "the point has another file now", {
      details: { fileRoot: old.fileRoot },
    });
  if (state.refusesBranches && !hasOneLiveLine(state, old))
    throw new Failure("conflict", "vault.point_needed", "points that build on this one are not one line of live ones");
  return { old };
}

/** Whether what builds on a file is one line of live ones: what comes back out of the bin would find its blocks gone. */
function hasOneLiveLine(state: MemoryVaultState, file: MemoryFile): boolean {
  const [child, ...others] = state.files.filter((other) => other.parent?.fileId === file.fileId);
  if (child === undefined) return true;
  return others.length === 0 && !child.deleted && hasOneLiveLine(state, child);
}

/** Puts a committed file where it belongs: last, or in the place of the file that it replaces. */
export function placeFile(state: MemoryVaultState, upload: MemoryUpload, file: MemoryFile): void {
  const { old } = replacement(state, upload);
  if (old === null) {
    state.files.push(file);
    return;
  }
  state.files[state.files.indexOf(old)] = file;
  for (const child of state.files)
    if (child.parent?.fileId === old.fileId) child.parent = { ...child.parent, fileId: file.fileId };
}
