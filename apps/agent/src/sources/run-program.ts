import { spawn } from "node:child_process";
import { Failure } from "@casaforte/kernel";

/** Runs a program of the system and gives what it printed. A port, so that tests can put programs of their own there. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

const outputBytesMax = 64 * 1024;
const runMsMax = 120_000;

/** Found on PATH, without a shell, in the C locale. @throws unavailable `agent.program` when it fails or takes too long. */
export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: "C" };
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env, timeout: runMsMax });
    let output = "";
    let complaint = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(0, outputBytesMax);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-outputBytesMax);
    });
    child.once("error", (error) => reject(failed(program, error.message)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(failed(program, complaint.trim().split("\n").at(-1) || `ended by ${signal ?? `code ${code}`}`));
    });
  });

const failed = (program: string, why: string): Failure =>
  new Failure("unavailable", "agent.program", `${program}: ${why}`);
