import { spawn } from "node:child_process";
import { Failure } from "@casaforte/kernel";
import { programOutputBytesMax } from "../limits.ts";

/**
 * Runs a program of the system and gives what it printed, up to `outputBytesMax` (`programOutputBytesMax` when absent). A
 * port, so that tests can put programs of their own there.
 */
export type RunProgram = (program: string, args: readonly string[], outputBytesMax?: number) => Promise<string>;

const runMsMax = 120_000;

/**
 * Found on PATH, without a shell, in the C locale. @throws unavailable `agent.program` when it fails, takes too long or
 * prints too much: half of what a program says is never taken for the whole.
 */
export const runProgram: RunProgram = (program, args, outputBytesMax = programOutputBytesMax) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C" };
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env, timeout: runMsMax });
    const output: Buffer[] = [];
    let outputBytes = 0;
    let complaint = "";
    child.stdout.on("data", (bytes: Buffer) => {
      output.push(bytes);
      outputBytes += bytes.length;
      if (outputBytes <= outputBytesMax) return;
      child.stdout.destroy();
      child.kill("SIGKILL");
      reject(failed(program, `it printed more than ${outputBytesMax} bytes`));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-programOutputBytesMax);
    });
    child.once("error", (error) => reject(failed(program, error.message)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(failed(program, complaint.trim().split("\n").at(-1) || `ended by ${signal ?? `code ${code}`}`));
    });
  });

const failed = (program: string, why: string): Failure =>
  new Failure("unavailable", "agent.program", `${program}: ${why}`);
