import { open, readdir } from "node:fs/promises";
import { join, relative } from "node:path";

export interface Secret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const secretText = (name: string, text: string): Secret => ({ name, bytes: Buffer.from(text, "utf8") });

interface Needle {
  readonly secret: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Base64 of bytes that may start anywhere in a longer run: the characters that its neighbours cannot change. */
function base64Cores(bytes: Uint8Array, alphabet: "base64" | "base64url"): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString(alphabet)
      .replaceAll("=", "");
    const first = Math.ceil((shift * 8) / 6);
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    return text.slice(first, whole);
  });
}

/** Every form in which a secret could lie in a file without being hidden. */
export function needlesOf({ name, bytes }: Secret): Needle[] {
  const plain = Buffer.from(bytes);
  const text = plain.toString("utf8");
  const hex = plain.toString("hex");
  const forms: [string, Buffer][] = [
    ["as it is", plain],
    ["UTF-16LE", Buffer.from(text, "utf16le")],
    ["UTF-16BE", Buffer.from(text, "utf16le").swap16()],
    ["hex", Buffer.from(hex)],
    ["HEX", Buffer.from(hex.toUpperCase())],
    ["percent-encoded", Buffer.from(encodeURIComponent(text))],
    ["JSON", Buffer.from(JSON.stringify(text).slice(1, -1))],
    ["reversed", Buffer.from(plain).reverse()],
  ];
  for (const alphabet of ["base64", "base64url"] as const)
    for (const [shift, core] of base64Cores(bytes, alphabet).entries())
      forms.push([`${alphabet} at ${shift}`, Buffer.from(core)]);
  return forms.map(([form, found]) => ({ secret: name, form, bytes: found }));
}

export interface ScanReport {
  readonly files: number;
  readonly bytes: number;
  /** `«secret» as «form» in «file»`. */
  readonly hits: readonly string[];
}

const pieceBytes = 4 * 1024 * 1024;

/** Needles by their first three bytes: one pass over a file looks for hundreds of them at once. */
class NeedleIndex {
  readonly longest: number;
  /** Of the first byte alone, and of the first three: most bytes of a database are passed over by the first. */
  readonly #isFirst = new Uint8Array(2 ** 8);
  readonly #isStart = new Uint8Array(2 ** 24);
  readonly #byStart = new Map<number, Needle[]>();

  constructor(needles: readonly Needle[]) {
    this.longest = Math.max(...needles.map((needle) => needle.bytes.length));
    for (const needle of needles) {
      const start = needle.bytes.readUIntBE(0, 3);
      this.#isFirst[start >> 16] = 1;
      this.#isStart[start] = 1;
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), needle]);
    }
  }

  *foundIn(bytes: Buffer): Generator<Needle> {
    for (let at = this.#nextStart(bytes, 0); at < bytes.length; at = this.#nextStart(bytes, at + 1))
      for (const needle of this.#byStart.get(bytes.readUIntBE(at, 3)) ?? [])
        if (bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes)) yield needle;
  }

  /** The first place from `from` on where some needle may begin; the length where there is none. */
  #nextStart(bytes: Buffer, from: number): number {
    const [isFirst, isStart, last] = [this.#isFirst, this.#isStart, bytes.length - 3];
    for (let at = from; at <= last; at++) {
      const first = bytes[at] ?? 0;
      if (isFirst[first] === 0) continue;
      if (isStart[(first << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)] !== 0) return at;
    }
    return bytes.length;
  }
}

/** Looks for secrets, in every form, in the names and the bytes of every file below a directory. */
export async function scan(directory: string, secrets: readonly Secret[]): Promise<ScanReport> {
  const index = new NeedleIndex(secrets.flatMap(needlesOf));
  const hits = new Set<string>();
  let [files, bytes] = [0, 0];
  // A piece behind the end of the one before it, in which a needle may have begun.
  const window = Buffer.alloc(index.longest - 1 + pieceBytes);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const shown = relative(directory, path);
    for (const { secret, form } of index.foundIn(Buffer.from(shown)))
      hits.add(`${secret} as ${form} in the name ${shown}`);
    if (!entry.isFile()) continue;
    files++;
    await using file = await open(path);
    let kept = 0;
    for (;;) {
      const { bytesRead } = await file.read(window, kept, pieceBytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      const length = kept + bytesRead;
      for (const { secret, form } of index.foundIn(window.subarray(0, length)))
        hits.add(`${secret} as ${form} in ${shown}`);
      kept = Math.min(length, index.longest - 1);
      window.copyWithin(0, length - kept, length);
    }
  }
  return { files, bytes, hits: [...hits] };
}
