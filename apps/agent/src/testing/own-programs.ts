import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Programs of our own in the place of the system's: shell scripts by name, in front on PATH. Gives what they were called
 * with, a line each. Whoever calls it puts PATH back.
 */
export function putOwnPrograms(top: string, scripts: Readonly<Record<string, string>>): () => string[] {
  const bin = join(top, "bin");
  const log = join(top, "log");
  mkdirSync(bin);
  writeFileSync(log, "");
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  process.env["PATH"] = `${bin}:${process.env["PATH"]}`;
  return () => readFileSync(log, "utf8").trimEnd().split("\n");
}
