import { Failure } from "@casaforte/kernel";
import { programMsMax, programOutputBytesMax } from "../limits.ts";
import { RunningCommand } from "./running-command.ts";

/**
 * Runs a program of the system and gives what it printed, up to `outputBytesMax` (`programOutputBytesMax` when absent). A
 * port, so that tests can put programs of their own there.
 */
export type RunProgram = (program: string, args: readonly string[], outputBytesMax?: number) => Promise<string>;

/**
 * Found on PATH, without a shell, in the C locale. One that takes longer than `msMax`, or prints too much, is ended with
 * all that it started, whether it listens or not. @throws unavailable `agent.program` when it fails, takes too long or
 * prints too much: half of what a program says is never taken for the whole.
 */
export const programsWithin =
  (msMax: number): RunProgram =>
  async (program, args, outputBytesMax = programOutputBytesMax) => {
    const env = { ...process.env, LC_ALL: "C" };
    const command = new RunningCommand(program, args, { hasOutput: true, env, msMax });
    const pieces: Buffer[] = [];
    let trouble: string | null = null;
    try {
      let left = outputBytesMax;
      for await (const piece of command.output()) {
        left -= piece.length;
        if (left < 0) break;
        pieces.push(piece);
      }
      if (left < 0) trouble = `it printed more than ${outputBytesMax} bytes`;
      else if (command.isLeftOpen) trouble = "something that it left behind holds its output open";
    } catch (error) {
      // The output of what is ended is closed, and that of what cannot be run never was open: those say more themselves.
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (trouble !== null) command.end(trouble);
    const how = (await command.ended) ?? trouble;
    if (how !== null) throw failed(program, how);
    return Buffer.concat(pieces).toString();
  };

export const runProgram: RunProgram = programsWithin(programMsMax);

const failed = (program: string, why: string): Failure =>
  new Failure("unavailable", "agent.program", `${program}: ${why}`);
