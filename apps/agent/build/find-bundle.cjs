// Finds the agent's bundle. CommonJS, as the launcher is that needs it at every start: it loads no more of Node than this.
const { createHash } = require("node:crypto");
const { existsSync, readdirSync, statSync } = require("node:fs");
const { join } = require("node:path");

const repository = join(__dirname, "../../..");
const dist = join(__dirname, "../dist");
const sources = [
  "apps/agent/src",
  "apps/agent/build",
  "formats/arena/src",
  "formats/vbk/src",
  "formats/zip/src",
  "foundation/contract/src",
  "foundation/kernel/src",
  "protocols/vault/src",
  "package-lock.json",
];

/** Names, sizes and times of all sources: another one is another bundle. */
function keyOfSources() {
  const hash = createHash("sha256");
  const visit = (path) => {
    const stats = statSync(join(repository, path));
    if (stats.isDirectory()) for (const name of readdirSync(join(repository, path)).sort()) visit(`${path}/${name}`);
    else if (!/\.test(-support)?\.ts$/.test(path)) hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`);
  };
  for (const source of sources) visit(source);
  return hash.digest("hex").slice(0, 20);
}

/** Where the bundle of the sources as they are now belongs, and whether it is there. */
function findBundle() {
  const file = join(dist, keyOfSources(), "casaforte-agent.cjs");
  return { file, isThere: existsSync(file) };
}

module.exports = { repository, dist, findBundle };
