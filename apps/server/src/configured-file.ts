import { readFileSync } from "node:fs";
import { Failure } from "@casaforte/kernel";

/** The text of a file that the configuration names. @throws precondition `config.file_unreadable`, naming it. */
export function readConfigured(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Failure("precondition", "config.file_unreadable", `${file}, named by the configuration, cannot be read`, {
      cause,
    });
  }
}

/** The first line of such a file: how secrets are kept. @throws precondition `config.file_unreadable`, `config.secret_empty`. */
export function readSecretLine(file: string): string {
  const [line = ""] = readConfigured(file).split(/\r?\n/);
  if (line === "") throw new Failure("precondition", "config.secret_empty", `the first line of ${file} is empty`);
  return line;
}
