// Builds the agent into one file, and finds the one that fits the sources. Dependency-free but for the bundler, and run by any Node 20.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import finding from "./find-bundle.cjs";

const { repository, dist, findBundle } = finding;
/** Bundles that stay: one may be starting while the next is built, and an agent that runs for weeks starts its threads from its own. */
const bundlesMax = 3;
const bundleKeptMs = 90 * 24 * 3_600_000;

/**
 * The bundle of the sources as they are now, built when it is not there. Two builders at once make the same file; the
 * first to rename its folder into place wins.
 */
export async function agentBundle() {
  const { file, isThere } = findBundle();
  if (isThere) return file;
  const folder = dirname(file);
  const made = `${folder}.${process.pid}`;
  await buildBundle(join(made, basename(file)));
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(file)) throw error;
    rmSync(made, { recursive: true, force: true });
  }
  removeOld();
  return file;
}

/** Of the folders of bundles those that may go; another builder may remove one of them meanwhile. */
export function oldBundles(folder, nowMs) {
  const found = readdirSync(folder).flatMap((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, madeMs: stats.mtimeMs }];
  });
  return found
    .sort((a, b) => b.madeMs - a.madeMs)
    .slice(bundlesMax)
    .filter(({ madeMs }) => nowMs - madeMs > bundleKeptMs)
    .map(({ name }) => name);
}

function removeOld() {
  for (const name of oldBundles(dist, Date.now())) rmSync(join(dist, name), { recursive: true, force: true });
}

/** What the program's threads load, beside the bundle: each thread has to read it for itself, so it is small. */
export const threadsOf = (file) => join(dirname(file), "casaforte-agent-threads.cjs");

/** Writes the bundle and its threads' one: CommonJS, because modules of the other kind load all of Node's HTTP client at once. */
export async function buildBundle(file) {
  mkdirSync(dirname(file), { recursive: true });
  const { rolldown } = await import(pathToFileURL(createRequire(import.meta.url).resolve("rolldown")).href);
  await bundleOf(rolldown, "threads.ts", threadsOf(file));
  await bundleOf(rolldown, "program.ts", file);
}

async function bundleOf(rolldown, entry, file) {
  const bundle = await rolldown({
    input: join(repository, "apps/agent/src", entry),
    platform: "node",
    external: ["koffi", "@node-rs/crc32"],
    plugins: [plainZod],
    logLevel: "warn",
  });
  await bundle.write({ file, format: "cjs", codeSplitting: false, minify: true, comments: false });
  await bundle.close();
}

/** zod's sentences in fifty languages are never shown here. */
const plainZod = {
  name: "zod-without-languages",
  load: (id) => (/\/zod\/v4\/locales\/index\.js$/.test(id) ? 'export { default as en } from "./en.js";' : null),
};
