import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Failure } from "@casaforte/kernel";
import { assertReachable } from "@casaforte/platform/db";

/** Where `npm start` keeps its data when nothing else is said. */
export function defaultDataDirectory(environment: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return "/var/lib/casaforte";
  return join(environment["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "casaforte");
}

const marker = "casaforte.version";

/**
 * Makes or adopts a data directory: an empty one, or one that an earlier start made. The database's own user must be
 * able to pass through it, so it gets mode 0711; everything secret below has a mode of its own.
 * @throws precondition `demo.data_foreign`, `db.data_unreachable`.
 */
export async function openDataDirectory(path: string): Promise<string> {
  const directory = resolve(path);
  const found = await stat(directory).catch(() => null);
  if (found && !found.isDirectory())
    throw new Failure("precondition", "demo.data_foreign", `${directory} is not a directory`);
  const entries = found ? await readdir(directory) : [];
  if (entries.length > 0 && !entries.includes(marker))
    throw new Failure(
      "precondition",
      "demo.data_foreign",
      `${directory} holds other files; choose an empty directory with --data`,
    );
  await assertReachable(join(directory, ".."));
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711);
  writeFileSync(join(directory, marker), "1\n");
  return directory;
}

/** Holds a data directory for this process. @throws precondition `demo.data_in_use`. Returns the way to let go. */
export async function holdDirectory(directory: string): Promise<() => void> {
  const file = join(directory, "running.pid");
  const before = Number(await readFile(file, "utf8").catch(() => "0"));
  if (before > 0 && before !== process.pid && runsCasaforte(before)) {
    throw new Failure(
      "precondition",
      "demo.data_in_use",
      `Casaforte already runs on ${directory} (process ${before}). Stop it first, or start another with: npm start -- --data OTHER_DIR --ports auto`,
    );
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function runsCasaforte(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("main.ts");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
