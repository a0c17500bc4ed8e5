import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { commandWordsBytesMax, killAfterMs, outputGraceMs, wordsGraceMs } from "../limits.ts";

export interface CommandOptions {
  /** What it prints is read with `output`; without it that goes nowhere. */
  readonly hasOutput: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** What takes longer is ended; absent for what may take as long as it likes. */
  readonly msMax?: number;
}

/**
 * A command in a group of its own, so that a pipeline in it ends with it. It is over when its process is: who was left
 * behind by it and holds its pipes, in a session of its own perhaps, is not waited for.
 */
export class RunningCommand {
  /** Null for success, else how it ended, with its last words. Never rejects; some seconds after `end` at the latest. */
  readonly ended: Promise<string | null>;
  readonly #child: ChildProcess;
  #isOver = false;
  #isLeftOpen = false;
  /** Of whoever waits for output. */
  #whenOver: (() => void) | null = null;
  #lost: (how: string) => void = () => undefined;
  #isEnding = false;
  #why: string | null = null;
  #words = "";

  constructor(program: string, args: readonly string[], { hasOutput, env, msMax }: CommandOptions) {
    const stdio = ["ignore", hasOutput ? "pipe" : "ignore", "pipe"] as const;
    this.#child = spawn(program, args, { stdio: [...stdio], ...(env && { env }), detached: true });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-commandWordsBytesMax);
    });
    this.ended = this.#end();
    if (msMax === undefined) return;
    const timer = setTimeout(() => this.end(`it took longer than ${msMax / 1000} s`), msMax);
    void this.ended.then(() => clearTimeout(timer));
  }

  /**
   * Asks it and all of its group to end, and some seconds later kills what has not. Nobody wants the rest of its output.
   * `why` is told in place of the signal or the code that it ended by.
   */
  end(why: string | null = null): void {
    const { pid, stdout } = this.#child;
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#why = why;
    stdout?.destroy();
    if (pid === undefined || !signalGroup(pid, "SIGTERM")) return;
    const kill = setTimeout(() => {
      signalGroup(pid, "SIGKILL");
      // A process that hangs in the system itself ends by nothing.
      if (!hasExited(this.#child)) setTimeout(() => this.#lost("it cannot be ended"), wordsGraceMs);
    }, killAfterMs);
    const exited = () => {
      // The number may be another group's once nobody is left in this one.
      if (!signalGroup(pid, 0)) clearTimeout(kill);
    };
    if (hasExited(this.#child)) exited();
    else this.#child.once("exit", exited);
  }

  /**
   * What it prints, to the end, however slowly it is read. Whoever it left behind with its output open may still say
   * something, but not be silent for ever. @throws the stream's error, also when `end` was called.
   */
  async *output(): AsyncGenerator<Buffer, void> {
    const { stdout } = this.#child;
    if (stdout === null) return;
    try {
      const pieces = (stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
      for (;;) {
        const piece = await this.#nextOf(pieces.next());
        this.#isLeftOpen = piece === null;
        if (piece === null || piece.done === true) return;
        yield piece.value;
      }
    } finally {
      stdout.destroy();
    }
  }

  /** Whether `output` was given up while somebody could still have printed. */
  get isLeftOpen(): boolean {
    return this.#isLeftOpen;
  }

  /** Null once the command is over and nothing more came for long. */
  #nextOf(next: Promise<IteratorResult<Buffer>>): Promise<IteratorResult<Buffer> | null> {
    if (this.#isOver) return orQuiet(next);
    // No race with a promise of the whole command: each of many pieces would leave something there.
    return new Promise((resolve, reject) => {
      this.#whenOver = () => void orQuiet(next).then(resolve, reject);
      next.then(resolve, reject);
    });
  }

  #over(): void {
    this.#isOver = true;
    this.#whenOver?.();
  }

  #end(): Promise<string | null> {
    const child = this.#child;
    return new Promise((resolve) => {
      this.#lost = (how) => {
        resolve(how);
        this.#over();
      };
      child.once("error", (error) => this.#lost(error.message));
      child.once("exit", (code, signal) => {
        this.#over();
        const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
        void lastWordsOf(child.stderr).then(() => {
          const words = this.#words.trim().split("\n").at(-1);
          const isWell = code === 0 && this.#why === null;
          resolve(isWell ? null : [this.#why ?? how, words].filter(Boolean).join(": "));
        });
      });
    });
  }
}

/** Until all is read that it said, or nobody has said any more for a while. */
async function lastWordsOf(stderr: Readable | null): Promise<void> {
  if (stderr === null || stderr.closed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => void someTurns().then(resolve), wordsGraceMs);
    stderr.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  stderr.destroy();
}

async function orQuiet<T>(next: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<null>((resolve) => {
    timer = setTimeout(() => void someTurns().then(() => resolve(null)), outputGraceMs);
  });
  try {
    return await Promise.race([next, quiet]);
  } finally {
    clearTimeout(timer);
  }
}

/** A busy thread finds the time over before it has looked at the pipe: it looks between these turns. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** False when nobody is in it. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
