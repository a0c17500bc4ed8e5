import type { Entry, EntryAttributes } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { systemClock } from "../outside.ts";
import type { EntrySupply, SupplyInput } from "../tree/roots.ts";
import { attributesOfMade } from "./made-attributes.ts";
import { RunningCommand } from "./running-command.ts";

export interface CommandOutput {
  readonly name: string;
  readonly argv: readonly string[];
}

/**
 * A directory with the output of each command as a file. A command that cannot be run, ends with another code than 0 or
 * by a signal, or leaves something behind that might print more, fails the whole point: half a dump is no backup. @throws unavailable `source.command_failed`.
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
  const running = new RunningCommand(program, args, { hasOutput: true });
  const stop = () => running.end();
  signal?.addEventListener("abort", stop, { once: true });
  const file = writer.file(Number.MAX_SAFE_INTEGER);
  try {
    for await (const piece of running.output()) {
      file.write(piece);
      const waiting = step(piece.length);
      giveBack(piece);
      if (waiting !== undefined) await waiting;
    }
    const how = await running.ended;
    signal?.throwIfAborted();
    if (how !== null) throw failed(command, how);
    if (running.isLeftOpen) throw failed(command, "something that it left behind holds its output open");
  } catch (error) {
    running.end();
    // No other run begins while it is at work.
    await running.ended;
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  const name = Buffer.from(command.name);
  return { ...madeNow(name, 0o600), type: "file", linkGroup: null, content: file.end() };
}

/** A piece that was copied, of memory of its own: of a long output the collector lets too many lie, since they are not on its heap. */
function giveBack({ buffer, byteLength }: Buffer<ArrayBufferLike>): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

const madeNow = (name: Uint8Array, mode: number): EntryAttributes =>
  attributesOfMade(name, mode, BigInt(systemClock.nowMs()) * 1_000_000n);

const failed = ({ name }: CommandOutput, why: string): Failure =>
  new Failure("unavailable", "source.command_failed", `the command for ${name} failed: ${why}`);
