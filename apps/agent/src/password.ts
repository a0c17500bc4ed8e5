import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { ReadStream } from "node:tty";
import { Failure } from "@casaforte/kernel";
import { passwordWeakness } from "./password-strength.ts";

export interface PasswordSource {
  readonly passwordFile?: string | undefined;
  /** Which environment variable may hold it. */
  readonly variable: "CASAFORTE_PASSWORD" | "CASAFORTE_NEW_PASSWORD";
  readonly environment: NodeJS.ProcessEnv;
  readonly input: ReadStream;
  readonly output: NodeJS.WriteStream;
}

const passwordBytesMax = 1024;

/**
 * The encryption password: from a file, from `CASAFORTE_PASSWORD`, or asked for without echo; never from the command
 * line, which every user of the machine can read. `isNew` asks twice and refuses what could be guessed.
 * @throws invalid `agent.usage`, invalid `agent.weak_password`.
 */
export async function readPassword(source: PasswordSource, isNew: boolean): Promise<string> {
  const password = given(source) ?? (await ask(source, isNew));
  if (password === "") throw usage("the password is empty");
  if (Buffer.byteLength(password) > passwordBytesMax) throw usage("the password is longer than 1024 bytes");
  const weakness = isNew ? passwordWeakness(password, [hostname()]) : null;
  if (weakness !== null) throw new Failure("invalid", "agent.weak_password", `this password is too weak: ${weakness}`);
  return password;
}

function given({ passwordFile, environment, variable }: PasswordSource): string | null {
  return passwordFile === undefined ? (environment[variable] ?? null) : readSecretFile(passwordFile);
}

/** The first thing in a file, without the line's end. @throws invalid `agent.usage`. */
export function readSecretFile(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw usage(`${path} cannot be read: ${error instanceof Error ? error.message : ""}`);
  }
}

async function ask(source: PasswordSource, isNew: boolean): Promise<string> {
  if (!source.input.isTTY) {
    throw usage("no password: use --password-file, CASAFORTE_PASSWORD or a terminal");
  }
  const first = await prompt(source, isNew ? "New encryption password: " : "Encryption password: ");
  if (isNew && (await prompt(source, "Once more: ")) !== first) throw usage("the two passwords differ");
  return first;
}

function prompt({ input, output }: PasswordSource, question: string): Promise<string> {
  output.write(question);
  input.setRawMode(true);
  input.setEncoding("utf8");
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (act: () => void) => {
      input.off("data", onData);
      input.setRawMode(false);
      input.pause();
      output.write("\n");
      act();
    };
    const onData = (text: string) => {
      for (const character of text) {
        if (character === "\r" || character === "\n" || character === "\u0004") return end(() => resolve(typed));
        if (character === "\u0003")
          return end(() => reject(new Failure("cancelled", "agent.interrupted", "interrupted")));
        if (character === "\u007f" || character === "\b") typed = [...typed].slice(0, -1).join("");
        else if (character >= " ") typed += character;
      }
    };
    input.on("data", onData);
    input.resume();
  });
}

const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);
