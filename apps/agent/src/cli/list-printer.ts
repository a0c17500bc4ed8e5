import type { FoundEntry } from "../commands/list-point.ts";
import type { Output } from "../output.ts";

/** Prints a list line by line, as it comes: a point may have more names than fit in memory. */
export class ListPrinter {
  readonly #output: Output;
  #count = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** An element of the JSON result's `items`, or a line for people. */
  line(value: unknown, text: string): void {
    const { json, stdout } = this.#output;
    if (!json) stdout.write(`${text}\n`);
    else stdout.write(`${this.#count === 0 ? '{"items":[\n' : ",\n"}${JSON.stringify(value)}`);
    this.#count++;
  }

  entry(found: FoundEntry, long: boolean): void {
    const { path, type, mode, owner, group, size, modified, target } = found;
    if (!long) {
      this.line(found, path);
      return;
    }
    const columns = [
      `${letters[type]}${rights(mode)}`,
      `${owner}:${group}`.padEnd(16),
      String(size).padStart(12),
      modified.slice(0, 19).replace("T", " "),
      target === null ? path : `${path} -> ${target}`,
    ];
    this.line(found, columns.join(" "));
  }

  /** Closes the JSON document with the result's other fields. */
  end(result: object): void {
    if (!this.#output.json) return;
    const rest = JSON.stringify(result).slice(1);
    this.#output.stdout.write(`${this.#count === 0 ? '{"items":[' : "\n"}],${rest}\n`);
  }
}

const letters: Readonly<Record<FoundEntry["type"], string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  fifo: "p",
  block_device: "b",
  character_device: "c",
};

function rights(mode: number): string {
  const bits = ["r", "w", "x", "r", "w", "x", "r", "w", "x"];
  return bits.map((letter, index) => (mode & (0o400 >> index) ? letter : "-")).join("");
}
