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
  readonly #isStart = new Uint8Array(2 ** 24);
  readonly #byStart = new Map<number, Needle[]>();

  constructor(needles: readonly Needle[]) {
    this.longest = Math.max(...needles.map((needle) => needle.bytes.length));
    for (const needle of needles) {
      const start = needle.bytes.readUIntBE(0, 3);
      this.#isStart[start] = 1;
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), needle]);
    }
  }

  *foundIn(bytes: Buffer): Generator<Needle> {
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      start = ((start << 8) | (bytes[at] ?? 0)) & 0xffffff;
      if (at < 2 || this.#isStart[start] === 0) continue;
      for (const needle of this.#byStart.get(start) ?? [])
        if (bytes.subarray(at - 2, at - 2 + needle.bytes.length).equals(needle.bytes)) yield needle;
    }
  }
}

/** Looks for secrets, in every form, in the names and the bytes of every file below a directory. */
export async function scan(directory: string, secrets: readonly Secret[]): Promise<ScanReport> {
  const index = new NeedleIndex(secrets.flatMap(needlesOf));
  const hits = new Set<string>();
  let [files, bytes] = [0, 0];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const shown = relative(directory, path);
    for (const { secret, form } of index.foundIn(Buffer.from(shown)))
      hits.add(`${secret} as ${form} in the name ${shown}`);
    if (!entry.isFile()) continue;
    files++;
    await using file = await open(path);
    let kept = Buffer.alloc(0);
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      const window = Buffer.concat([kept, buffer.subarray(0, bytesRead)]);
      for (const { secret, form } of index.foundIn(window)) hits.add(`${secret} as ${form} in ${shown}`);
      kept = Buffer.from(window.subarray(Math.max(0, window.length - index.longest + 1)));
    }
  }
  return { files, bytes, hits: [...hits] };
}
