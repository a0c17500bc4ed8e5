// Makes the archives that an installation offers its customers' machines: the bundle, what it needs natively, a launcher.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { agentBundle, threadsOf } from "./bundle.mjs";
import finding from "./find-bundle.cjs";

/** Where the server looks for it. */
export const releaseFolder = fileURLToPath(new URL("../dist/release", import.meta.url));
const installer = fileURLToPath(new URL("./install.sh", import.meta.url));
const nodeMajorMin = 24;

/** Packages of the bundle that are no JavaScript, by platform; each is the program's own dependency or a part of one. */
const natives = (platform) => [
  "koffi",
  `@koromix/koffi-${platform}`,
  "@node-rs/crc32",
  `@node-rs/crc32-${platform}-gnu`,
];
/** Of those, what no running program reads. */
const isNeeded = (path) =>
  !/\/(doc|vendor|musl_[a-z0-9]+|cnoke\.cjs|CMakeLists\.txt)$|\.(md|d\.ts|cc|hh|h|S|asm|inc)$/.test(path);

/**
 * Brings the release folder up to the sources as they are now; a moment when they did not change. `release.json` names
 * the archives with their hashes.
 */
export async function buildRelease(folder = releaseFolder) {
  const bundle = await agentBundle();
  const stamp = createHash("sha256")
    // By its place in the checkout: one that was moved or copied has the same.
    .update(`${relative(finding.repository, bundle)}\n`)
    .update(readFileSync(installer))
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex");
  const described = join(folder, "release.json");
  const isCurrent = () => existsSync(described) && JSON.parse(readFileSync(described, "utf8")).stamp === stamp;
  if (isCurrent()) return folder;
  const platform = `${process.platform}-${process.arch}`;
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const made = `${folder}.${process.pid}`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  const packed = join(made, "agent.tgz");
  packArchive(packed, { bundle, platform });
  copyFileSync(installer, join(made, "install.sh"));
  const bytes = readFileSync(packed);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // What is cached for ever has its content in its name.
  const name = `casaforte-agent-${version}-${platform}-${sha256.slice(0, 12)}.tgz`;
  renameSync(packed, join(made, name));
  const created = new Date(Math.floor(statSync(bundle).mtimeMs / 1000) * 1000).toISOString();
  const release = {
    stamp,
    version,
    created,
    nodeMajorMin,
    archives: [{ platform, name, sha256, sizeBytes: bytes.length }],
  };
  writeFileSync(join(made, "release.json"), `${JSON.stringify(release, null, 2)}\n`);
  // Two builders at once make the same: the first one's stays, and who reads it is not disturbed.
  const old = `${made}.old`;
  if (!isCurrent()) {
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(made, folder);
  }
  for (const left of [made, old]) rmSync(left, { recursive: true, force: true });
  return folder;
}

/** The archive's one folder is `agent`; same input, same bytes. */
function packArchive(file, { bundle, platform }) {
  const top = mkdtempSync(join(tmpdir(), "casaforte-release-"));
  try {
    const agent = join(top, "agent");
    mkdirSync(agent);
    for (const file of [bundle, threadsOf(bundle)]) copyFileSync(file, join(agent, basename(file)));
    const resolve = createRequire(bundle).resolve;
    for (const name of natives(platform)) {
      const from = packageFolder(resolve, name);
      cpSync(from, join(agent, "node_modules", name), { recursive: true, dereference: true, filter: isNeeded });
    }
    const order = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
    run("tar", ["-C", top, ...order, "--format=ustar", "-cf", join(top, "agent.tar"), "agent"]);
    run("gzip", ["-9n", join(top, "agent.tar")]);
    copyFileSync(join(top, "agent.tar.gz"), file);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** Whatever a package's exports allow: its folder is where its package.json is. */
function packageFolder(resolve, name) {
  for (const folder of resolve.paths(name) ?? [])
    if (existsSync(join(folder, name, "package.json"))) return join(folder, name);
  throw new Error(`the package ${name} is not installed here`);
}

function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", env: { PATH: process.env.PATH } });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${await buildRelease()}\n`);
