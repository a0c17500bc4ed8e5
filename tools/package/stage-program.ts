import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Build, componentsOf, type Lockfile } from "../../apps/server/src/components.ts";
import {
  type ReleaseTests,
  releaseTestsFile,
  reportFolder,
  sha256Of,
} from "../../apps/server/src/evidence/release-tests.ts";
import { commitHere } from "../charter.ts";
import { program, root } from "../steps.ts";
import { isNeededAtRunTime } from "./needed-at-run-time.ts";

/** Debian's name for what this machine is. @throws Error for any other. */
export const architecture = ((): string => {
  const known: Record<string, string> = { x64: "amd64", arm64: "arm64" };
  const name = known[process.arch];
  if (name === undefined) throw new Error(`no Debian architecture is known for ${process.arch}`);
  return name;
})();

/** Where the program lies, below the stage and on the machine. */
export const programFolder = "usr/lib/casaforte";

/** What a running installation does not read. */
const left =
  /(^|\/)(tests?|bench|testing|fixtures)\/|\.test\.tsx?$|\.test-support\.ts$|^(\.|docs|packaging|biome|tsconfig|vitest)|^(ui|apps\/(console|operator|webmail))\/(.*\/)?src\//;
const kept =
  /^(foundation|formats|protocols|platform|modules|apps|ui|patches)\/|^tools\/(node24|run24|install)\.mjs$|^(package|package-lock)\.json$|^LICENSE$/;

/** Fills an empty stage with the program as git knows it, what was built of it, and its dependencies, without what only developers read. */
export async function stageProgram(stage: string): Promise<void> {
  rmSync(stage, { recursive: true, force: true });
  const target = join(stage, programFolder);
  const commit = await commitHere();
  const files = (await program("git", ["ls-files", "-z"], { quiet: true })).split("\0");
  for (const file of files.filter((name) => kept.test(name) && !left.test(name))) {
    const to = join(target, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(root, file), to);
  }
  const built = ["console", "operator", "webmail"].map((app) => `apps/${app}/dist`);
  for (const folder of [...built, "apps/agent/dist/release"])
    cpSync(join(root, folder), join(target, folder), { recursive: true });
  const chosen = ["--workspace=apps/server", "--workspace=apps/agent", "--include-workspace-root"];
  await program("npm", ["ci", "--omit=dev", ...chosen, "--no-audit", "--no-fund", "--loglevel=error"], { cwd: target });
  trim(target);
  await nameBuild(target, commit);
}

/** Which commit it is and what runs in it, for the program to tell (R27). A changed copy is of no commit, and was never tested. */
async function nameBuild(target: string, clean: string | null): Promise<void> {
  const commit = (await program("git", ["rev-parse", "HEAD"], { quiet: true })).trim();
  const lockfile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lockfile;
  const components = componentsOf(lockfile, (path) => existsSync(join(target, path)));
  const build: Build = {
    commit,
    components,
    testsSha256: clean === commit ? carryTests(join(root, reportFolder), target, commit) : null,
  };
  writeFileSync(join(target, "build.json"), `${JSON.stringify(build)}\n`, { mode: 0o644 });
}

/**
 * Puts the test matrix of the commit into its package; the program shows it as evidence. Returns its SHA-256, or null when
 * the last test run was of something else: the program then says that it was not tested.
 */
export function carryTests(report: string, target: string, commit: string): string | null {
  const file = join(report, releaseTestsFile);
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  if ((JSON.parse(bytes.toString("utf8")) as ReleaseTests).commit !== commit) return null;
  writeFileSync(join(target, releaseTestsFile), bytes, { mode: 0o644 });
  return sha256Of(bytes);
}

/** Takes out what no program reads, and lets nothing be executable but programs. */
function trim(folder: string, below = ""): void {
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const file = join(folder, path);
    if (!isNeededAtRunTime(path)) rmSync(file, { recursive: true });
    else if (entry.isDirectory()) {
      chmodSync(file, 0o755);
      trim(folder, path);
    } else if (entry.isFile()) chmodSync(file, isProgram(path, file) ? 0o755 : 0o644);
  }
}

/** What is for Node starts through the launcher, or as a library of the program: never by itself. */
const isProgram = (path: string, file: string): boolean =>
  /(^|\/)bin\/[^/.]+$|\.sh$/.test(path) &&
  /^(\x7fELF|#!\/bin)/.test(readFileSync(file).subarray(0, 6).toString("latin1"));
