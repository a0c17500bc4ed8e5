import { type ChildProcess, spawn } from "node:child_process";
import type { Entry, EntryAttributes } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { systemClock } from "../outside.ts";
import type { EntrySupply, SupplyInput } from "../tree/roots.ts";
import { attributesOfMade } from "./made-attributes.ts";

export interface CommandOutput {
  readonly name: string;
  readonly argv: readonly string[];
}

const complaintBytesMax = 2000;

/**
 * A directory with the output of each command as a file. A command that cannot be run, ends with another code than 0 or
 * by a signal fails the whole point: half a dump is no backup. @throws unavailable `source.command_failed`.
 */
export function supplyCommands(commands: readonly CommandOutput[]): EntrySupply {
  return async (input) => {
    const directory = input.writer.directory();
    const sorted = [...commands].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    for (const command of sorted) directory.add(await runInto(command, input));
    return { ...madeNow(input.name, 0o700), type: "directory", content: directory.end() };
  };
}

async function runInto(command: CommandOutput, { writer, signal, step }: SupplyInput): Promise<Entry> {
  const [program, ...args] = command.argv;
  if (program === undefined) throw failed(command, "no program was named");
  signal?.throwIfAborted();
  // A group of its own, so that a pipeline in it ends with it.
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = endOf(child);
  const stop = () => end(child);
  signal?.addEventListener("abort", stop, { once: true });
  let complaint = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    complaint = (complaint + text).slice(-complaintBytesMax);
  });
  const file = writer.file(Number.MAX_SAFE_INTEGER);
  try {
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      file.write(piece);
      const waiting = step(piece.length);
      giveBack(piece);
      if (waiting !== undefined) await waiting;
    }
    const how = await ended;
    signal?.throwIfAborted();
    if (how !== null) throw failed(command, [how, complaint.trim().split("\n").at(-1)].filter(Boolean).join(": "));
  } finally {
    signal?.removeEventListener("abort", stop);
    end(child);
  }
  const name = Buffer.from(command.name);
  return { ...madeNow(name, 0o600), type: "file", linkGroup: null, content: file.end() };
}

/** A piece that was copied, of memory of its own: of a long output the collector lets too many lie, since they are not on its heap. */
function giveBack({ buffer, byteLength }: Buffer<ArrayBufferLike>): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Null for success, else how it ended. */
function endOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
    });
  });
}

function end(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It ended by itself meanwhile.
  }
}

const madeNow = (name: Uint8Array, mode: number): EntryAttributes =>
  attributesOfMade(name, mode, BigInt(systemClock.nowMs()) * 1_000_000n);

const failed = ({ name }: CommandOutput, why: string): Failure =>
  new Failure("unavailable", "source.command_failed", `the command for ${name} failed: ${why}`);
