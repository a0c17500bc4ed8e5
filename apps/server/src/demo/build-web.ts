import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const webApps = ["console", "operator", "webmail"] as const;
/** What they are made of; no package that one of them names may lie elsewhere. */
export const webSources: readonly string[] = ["ui/kit", "foundation", "formats", "protocols/jmap"];

/** What lies in `folder`, by its place in the checkout: one that was moved or copied has the same sources. */
function hashTree(hash: ReturnType<typeof createHash>, root: string, folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === "dist" || entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) hashTree(hash, root, path);
    else hash.update(relative(root, path)).update(readFileSync(path));
  }
}

/** Builds the web apps whose sources changed since their last build; seconds when nothing did. Returns their dist folders. */
export async function buildWebApps(
  root: string,
  tell: (line: string) => void,
): Promise<Record<(typeof webApps)[number], string>> {
  const built = {} as Record<(typeof webApps)[number], string>;
  const common = createHash("sha256");
  for (const source of webSources) hashTree(common, root, join(root, source));
  const shared = common.update(readFileSync(join(root, "package-lock.json"))).digest();
  for (const app of webApps) {
    const folder = join(root, "apps", app);
    const dist = join(folder, "dist");
    built[app] = dist;
    const hash = createHash("sha256").update(shared);
    hashTree(hash, root, folder);
    const wanted = hash.digest("hex");
    const stamp = join(dist, ".sources");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) continue;
    tell(`building ${app}…`);
    await new Promise<void>((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"],
        { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NODE_ENV: "production" } },
      );
      let output = "";
      child.stdout.on("data", (chunk) => (output += chunk));
      child.stderr.on("data", (chunk) => (output += chunk));
      child.on("error", reject);
      child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`building ${app} failed:\n${output}`))));
    });
    writeFileSync(stamp, wanted);
  }
  return built;
}

/** Makes the packages of the agent that the vault gives out, when its sources changed. Where that cannot be, machines use npm. */
export async function buildAgentRelease(root: string, tell: (line: string) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = spawn(process.execPath, [join(root, "apps/agent/build/release.mjs")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => (output += error.message));
    child.on("close", (code) => {
      if (code !== 0) tell(`The agent could not be packed: ${output.trim()}`);
      resolve();
    });
  });
}
