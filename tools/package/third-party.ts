import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lockfile } from "../../apps/server/src/components.ts";

/**
 * The notices of all packages that are in the program, the agent or, without a folder of their own, in the web apps: name,
 * version, licence and its text. A package without a file for it tells its licence in what it says of itself.
 * @throws Error for one that has neither: then nobody may pass it on.
 */
export function thirdPartyNotices(lockfile: Lockfile, root: string): string {
  const notices = new Map<string, string>();
  for (const [path, locked] of Object.entries(lockfile.packages)) {
    const at = path.lastIndexOf("node_modules/");
    if (at < 0 || locked.link || locked.dev || locked.version === undefined) continue;
    // Made for another platform.
    if ((locked.optional || locked.devOptional) && !existsSync(join(root, path))) continue;
    const name = `${path.slice(at + "node_modules/".length)}@${locked.version}`;
    notices.set(name, `${name} (${locked.license ?? "licence below"})\n\n${textOf(join(root, path), name)}`);
  }
  const rule = "=".repeat(78);
  const sorted = [...notices].sort(([a], [b]) => a.localeCompare(b, "en")).map(([, notice]) => notice);
  return `What Casaforte contains of others, and on which terms.\n\n${sorted.map((notice) => `${rule}\n${notice}\n`).join("\n")}`;
}

function textOf(folder: string, name: string): string {
  const files = readdirSync(folder).sort();
  const licences = files.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const told = licences.length > 0 ? licences : files.filter((file) => /^readme/i.test(file));
  if (told.length === 0) throw new Error(`${name} says nothing of its licence, so it cannot be in a package`);
  return told.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
}
