// Installs the dependencies when the lockfile or a patch is not the one installed. Dependency-free: it runs before anything is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}/node_modules/.casaforte-installed`;

export function ensureInstalled() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    console.error(
      `Casaforte needs Node 20 or newer to begin (this is ${process.versions.node}); it brings Node 24 itself.`,
    );
    process.exit(1);
  }
  const patches = readdirSync(`${root}/patches`).filter((name) => name.endsWith(".patch"));
  const lock = digest(["package-lock.json"]);
  const wanted = `${lock} ${digest(patches.map((name) => `patches/${name}`))}`;
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === wanted) return;
  const onlyPatches = installed.split(" ")[0] === lock;
  console.log(onlyPatches ? "Patching dependencies…" : "Installing dependencies (once; about a minute)…");
  // A package that carries an older patch must come fresh.
  if (onlyPatches)
    for (const name of patches)
      rmSync(`${root}/node_modules/${name.replace(/\+[^+]*$/, "").replace("+", "/")}`, {
        recursive: true,
        force: true,
      });
  const action = onlyPatches ? ["install", "--no-save"] : ["ci"];
  const npm = spawnSync("npm", [...action, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status !== 0) {
    console.error(
      "The installation failed: see the lines above. Check the network and the free disk space, then run the same command again.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function digest(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(`${root}/${file}`));
  return hash.digest("hex");
}
