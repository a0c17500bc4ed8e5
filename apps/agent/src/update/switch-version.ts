import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { agentVersion } from "../commands/context.ts";
import { currentVersion, type InstalledAgent, installedNames } from "./installed.ts";

const selfTestMsMax = 60_000;
const outputBytesMax = 2000;

/**
 * Unpacks a version beside the others, lets it try itself, and makes it the one that is started: by the renaming of one
 * link, so that at every moment there is a whole one. The version before stays.
 * @throws corrupt `agent.update_unfit` when the new one does not run here; nothing has changed then.
 */
export async function switchVersion(
  { prefix }: Pick<InstalledAgent, "prefix">,
  input: { readonly version: string; readonly archive: Uint8Array; readonly signal: AbortSignal },
): Promise<void> {
  const { version, archive, signal } = input;
  const work = mkdtempSync(join(prefix, "update."));
  try {
    const packed = join(work, "agent.tgz");
    writeFileSync(packed, archive, { mode: 0o600, flush: true });
    await runToEnd("tar", ["-xzf", packed, "-C", work, "--no-same-owner"], signal);
    const fresh = join(work, "agent");
    const said = await runToEnd(process.execPath, [join(fresh, installedNames.program), "self-test"], signal);
    if (said.trim() !== version) throw unfit(`it says that it is ${said.trim().slice(0, 40)}`);
    const versions = join(prefix, installedNames.versions);
    const before = currentVersion({ prefix });
    mkdirSync(versions, { recursive: true });
    rmSync(join(versions, version), { recursive: true, force: true });
    // What the link leads to, and the way back, are on the disk before the link is: a machine may lose its power now.
    flushTree(fresh);
    renameSync(fresh, join(versions, version));
    writeFileSync(join(prefix, installedNames.trial), `${before}\n`, { flush: true });
    for (const folder of [versions, prefix]) flush(folder);
    symlinkSync(`${installedNames.versions}/${version}`, join(work, installedNames.current));
    renameSync(join(work, installedNames.current), join(prefix, installedNames.current));
    flush(prefix);
    // This process may be older than both: its threads start from its own file.
    removeOthers(versions, [version, before, agentVersion]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function flush(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A folder's files, then the folder. */
function flushTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) flushTree(path);
    else if (entry.isFile()) flush(path);
  }
  flush(folder);
}

function removeOthers(versions: string, kept: readonly string[]): void {
  for (const name of readdirSync(versions)) {
    if (kept.includes(name)) continue;
    try {
      rmSync(join(versions, name), { recursive: true, force: true });
    } catch {
      // What another user put into it stays until he removes it; the update is done all the same.
    }
  }
}

/** What a killed update left behind. */
export function removeLeftovers({ prefix }: Pick<InstalledAgent, "prefix">): void {
  if (!existsSync(prefix)) return;
  for (const name of readdirSync(prefix))
    if (name.startsWith("update.")) rmSync(join(prefix, name), { recursive: true, force: true });
}

/** What a program printed. @throws corrupt `agent.update_unfit` when it does not end well and in time. */
function runToEnd(program: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { PATH } = process.env;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(selfTestMsMax)]);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { PATH },
      stdio: ["ignore", "pipe", "pipe"],
      signal: limit,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => (stdout = `${stdout}${text}`.slice(0, outputBytesMax)));
    child.stderr.on("data", (text) => (stderr = `${stderr}${text}`.slice(0, outputBytesMax)));
    child.on("error", (error) => reject(signal.aborted ? signal.reason : unfit(error.message)));
    child.on("close", (code) =>
      code === 0 ? resolve(stdout) : reject(unfit(`${program} ended with ${code}: ${stderr}`)),
    );
  });
}

const unfit = (why: string): Failure =>
  new Failure("corrupt", "agent.update_unfit", `the new version does not run here and was left out: ${why}`);
