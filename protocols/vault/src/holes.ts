import { Failure } from "@casaforte/kernel";
import { vaultLimits } from "./limits.ts";

/** Zeros of the file inside a part's stretch that its body leaves out: `at` counts from where the part begins. */
export interface PartHole {
  readonly at: number;
  readonly length: number;
}

/** A piece of a part's stretch: where it begins in the file, and in the body; null for zeros. */
export interface PartPiece {
  readonly offset: number;
  readonly length: number;
  readonly from: number | null;
}

export const holeBytes = (holes: readonly PartHole[]): number => holes.reduce((sum, { length }) => sum + length, 0);

/** The header `x-holes`: `at:length`, comma-separated. */
export const formatHoles = (holes: readonly PartHole[]): string =>
  holes.map(({ at, length }) => `${at}:${length}`).join(",");

const pageBytes = 4096;
/** Shorter runs of zeros are not worth a hole, nor the row that the vault keeps of it. */
const holeBytesMin = 4 * pageBytes;

/**
 * Reads the header of a part of so many bytes of body. Holes are of whole pages, four or more; they ascend, with a page of
 * the body before each, and with them the part stays within `partBytesMax`. @throws invalid `vault.invalid`.
 */
export function parseHoles(text: string | undefined, bodyBytes: number): readonly PartHole[] {
  if (text === undefined) return [];
  const found = /^\d{1,9}:\d{1,9}(,\d{1,9}:\d{1,9}){0,31}$/.test(text) ? text.split(",") : [];
  const holes = found.map((item) => {
    const [at = 0, length = 0] = item.split(":").map(Number);
    return { at, length };
  });
  let end = 0;
  let left = bodyBytes;
  for (const { at, length } of holes) {
    left -= at - end;
    const isOfPages = at % pageBytes === 0 && length % pageBytes === 0 && length >= holeBytesMin;
    if (!isOfPages || at <= end || left < 0) throw invalid();
    end = at + length;
  }
  if (holes.length === 0 || bodyBytes + holeBytes(holes) > vaultLimits.partBytesMax) throw invalid();
  return holes;
}

/** @throws invalid `vault.invalid` where the vault announces no `partHolesMax`. */
export function refuseHoles(holes: readonly PartHole[]): void {
  if (holes.length > 0) throw invalid("this vault takes no holes");
}

const invalid = (message = "the holes do not fit the part"): Failure =>
  new Failure("invalid", "vault.invalid", message, { details: { field: "x-holes" } });

/** A part's stretch of the file in pieces, in order. */
export function piecesOf(offset: number, bodyBytes: number, holes: readonly PartHole[]): readonly PartPiece[] {
  const pieces: PartPiece[] = [];
  let end = 0;
  let from = 0;
  for (const { at, length } of holes) {
    pieces.push({ offset: offset + end, length: at - end, from });
    pieces.push({ offset: offset + at, length, from: null });
    from += at - end;
    end = at + length;
  }
  if (from < bodyBytes) pieces.push({ offset: offset + end, length: bodyBytes - from, from });
  return pieces;
}

/**
 * What must travel of bytes: runs of whole zero pages become holes, at most `holesMax`, and none at the beginning. The
 * body lies at the beginning of `room`, if there is one, as long as the bytes.
 */
export function withoutZeros<Memory extends ArrayBufferLike = ArrayBuffer>(
  bytes: Uint8Array,
  holesMax: number,
  room?: Uint8Array<Memory>,
): { readonly body: Uint8Array<Memory | ArrayBuffer>; readonly holes: readonly PartHole[] } {
  const holes: PartHole[] = [];
  let start = -1;
  for (let at = pageBytes; at <= bytes.length && holes.length < holesMax; at += pageBytes) {
    const isZero = at + pageBytes <= bytes.length && isZeroPage(bytes.subarray(at, at + pageBytes));
    if (isZero && start < 0) start = at;
    if (isZero || start < 0) continue;
    if (at - start >= holeBytesMin) holes.push({ at: start, length: at - start });
    start = -1;
  }
  const bodyBytes = bytes.length - holeBytes(holes);
  const body = room === undefined ? new Uint8Array(bodyBytes) : room.subarray(0, bodyBytes);
  for (const { offset, length, from } of piecesOf(0, body.length, holes))
    if (from !== null) body.set(bytes.subarray(offset, offset + length), from);
  return { body, holes };
}

function isZeroPage(page: Uint8Array): boolean {
  for (let at = 0; at < page.length; at++) if (page[at] !== 0) return false;
  return true;
}
