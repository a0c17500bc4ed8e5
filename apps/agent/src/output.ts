import type { Progress } from "./commands/context.ts";
import type { ShownNote } from "./notes.ts";

/** Where a command writes: results to stdout, all else to stderr. */
export interface Output {
  readonly json: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

const progressEveryMs = 200;

/** One line on a terminal, rewritten in place; nothing elsewhere. */
export class ProgressLine {
  readonly #output: Output;
  readonly #startedMs = Date.now();
  #shownMs = 0;
  #isShown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  readonly show = (progress: Progress): void => {
    const { stderr, json } = this.#output;
    // Asked for every entry of a tree: nobody who looks, no clock.
    if (json || !stderr.isTTY) return;
    const nowMs = Date.now();
    if (nowMs - this.#shownMs < progressEveryMs) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    const seconds = Math.max(1, (nowMs - this.#startedMs) / 1000);
    const sent = progress.sentBytes > 0 ? `, ${shownBytes(progress.sentBytes)} sent` : "";
    const rate = `${shownBytes(progress.bytes / seconds)}/s`;
    stderr.write(`\r\x1b[K${progress.phase}: ${progress.files} files, ${shownBytes(progress.bytes)}${sent}, ${rate}`);
  };

  clear(): void {
    if (this.#isShown) this.#output.stderr.write("\r\x1b[K");
    this.#isShown = false;
  }
}

/** Prints the result: one JSON document, or the lines for people. */
export function printResult(output: Output, value: unknown, lines: readonly string[]): void {
  output.stdout.write(output.json ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join("\n")}\n`);
}

export function printNotes(output: Output, notes: readonly ShownNote[], lost: number): void {
  if (output.json) return;
  for (const note of notes) output.stderr.write(`${note.path}: ${note.message}\n`);
  if (lost > 0) output.stderr.write(`${lost} ${lost === 1 ? "name" : "names"} with loss\n`);
}

/** `1.5 GiB`. */
export function shownBytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
