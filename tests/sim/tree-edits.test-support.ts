import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { SimRandom } from "../support/seed.test-support.ts";

/** A tree with a history: what a user, an editor, a database and a build do to files, drawn at random. */
export class EditedTree {
  readonly path: string;
  readonly #random: SimRandom;
  readonly #fileBytesMax: number;
  #names = 0;

  constructor(path: string, random: SimRandom, options: { readonly files: number; readonly fileBytesMax: number }) {
    this.path = path;
    this.#random = random;
    this.#fileBytesMax = options.fileBytesMax;
    for (const folder of ["a", "b", "b/c"]) mkdirSync(join(path, folder), { recursive: true });
    for (let count = 0; count < options.files; count++) this.#create();
  }

  /** So many edits, one after the other. */
  edit(count: number): void {
    for (let done = 0; done < count; done++) this.#random.pick(edits).call(this);
  }

  #list(kind: "file" | "directory"): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => (kind === "file" ? entry.isFile() : entry.isDirectory()))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  }

  #file(): string {
    const [first, ...rest] = this.#list("file");
    return first === undefined ? this.#create() : this.#random.pick([first, ...rest]);
  }

  #folder(): string {
    return this.#random.pick([this.path, ...this.#list("directory")]);
  }

  #fresh(folder = this.#folder()): string {
    return join(
      folder,
      `${this.#random.pick(["x", "été", "two words", ".hidden", "a-rather-long-name"])}-${this.#names++}`,
    );
  }

  #bytes(least = 0): Buffer {
    // Mostly small, now and then as large as it gets: chunks of every count.
    const shift = this.#random.between(0, 6);
    const length = Math.max(least, this.#random.between(0, this.#fileBytesMax >> shift));
    const words = Buffer.alloc(length, `line ${this.#random.next()}\n`);
    const noise = new Uint32Array(words.buffer, words.byteOffset, (length >> 3) & ~3);
    for (let at = 0; at < noise.length; at++) noise[at] = this.#random.next();
    return words;
  }

  #create(): string {
    const path = this.#fresh();
    writeFileSync(path, this.#bytes());
    return path;
  }

  overwrite(): void {
    writeFileSync(this.#file(), this.#bytes());
  }

  append(): void {
    appendFileSync(this.#file(), this.#bytes());
  }

  insertInTheMiddle(): void {
    const path = this.#file();
    const before = readFileSync(path);
    const at = this.#random.between(0, before.length);
    const added = this.#bytes(1).subarray(0, 5000);
    writeFileSync(path, Buffer.concat([before.subarray(0, at), added, before.subarray(at)]));
  }

  changeInPlace(): void {
    const path = this.#file();
    const { size, atime, mtime } = lstatSync(path);
    const fd = openSync(path, "r+");
    writeSync(fd, this.#bytes(1).subarray(0, 64), 0, null, this.#random.between(0, size));
    closeSync(fd);
    // The same size and the same time of change, as a clever program leaves it.
    if (this.#random.between(0, 1) === 0) utimesSync(path, atime, mtime);
  }

  truncate(): void {
    const path = this.#file();
    truncateSync(path, this.#random.between(0, lstatSync(path).size));
  }

  makeSparse(): void {
    const fd = openSync(this.#random.between(0, 1) === 0 ? this.#file() : this.#fresh(), "a+");
    const bytes = this.#random.between(1, 3) * 1_000_000;
    ftruncateSync(fd, bytes);
    closeSync(fd);
    const again = openSync(this.#file(), "r+");
    writeSync(again, this.#bytes(1), 0, null, this.#random.between(0, bytes));
    closeSync(again);
  }

  removeFile(): void {
    rmSync(this.#file());
  }

  removeFolder(): void {
    const [first, ...rest] = this.#list("directory");
    // Seldom: a tree that is always emptied has no history.
    if (first !== undefined && this.#random.between(0, 3) === 0)
      rmSync(this.#random.pick([first, ...rest]), { recursive: true });
  }

  makeFolder(): void {
    mkdirSync(this.#fresh());
  }

  renameFile(): void {
    renameSync(this.#file(), this.#fresh());
  }

  renameFolder(): void {
    const [first, ...rest] = this.#list("directory");
    if (first !== undefined) renameSync(this.#random.pick([first, ...rest]), this.#fresh(this.path));
  }

  replaceByRename(): void {
    const beside = this.#fresh();
    writeFileSync(beside, this.#bytes());
    renameSync(beside, this.#file());
  }

  copy(): void {
    copyFileSync(this.#file(), this.#fresh());
  }

  hardLink(): void {
    linkSync(this.#file(), this.#fresh());
  }

  symbolicLink(): void {
    symlinkSync(this.#random.pick(["../a", "nowhere", this.#file()]), this.#fresh());
  }

  changeMode(): void {
    chmodSync(this.#file(), this.#random.pick([0o600, 0o644, 0o755, 0o4711]));
  }

  fileBecomesFolder(): void {
    const path = this.#file();
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, "inside"), this.#bytes());
  }

  create(): void {
    this.#create();
  }
}

const { prototype } = EditedTree;
const edits: readonly [() => void, ...(() => void)[]] = [
  prototype.create,
  prototype.create,
  prototype.overwrite,
  prototype.append,
  prototype.insertInTheMiddle,
  prototype.insertInTheMiddle,
  prototype.changeInPlace,
  prototype.truncate,
  prototype.makeSparse,
  prototype.removeFile,
  prototype.removeFolder,
  prototype.makeFolder,
  prototype.renameFile,
  prototype.renameFolder,
  prototype.replaceByRename,
  prototype.copy,
  prototype.hardLink,
  prototype.symbolicLink,
  prototype.changeMode,
  prototype.fileBecomesFolder,
];
