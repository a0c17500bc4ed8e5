import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { repository, run } from "../support/product.ts";

const archive = fileURLToPath(new URL("./source-of-3751795.tar.xz", import.meta.url));
const commit = "3751795477c331c70e1545289e88632043d99590";
const layers = ["foundation", "formats", "protocols"];

/** Lays the program of the last release out at `root`. Its own packages are its own; those of others are the repository's. */
export async function layOutEarlierProgram(root: string): Promise<void> {
  const own = join(root, "node_modules", "@casaforte");
  await mkdir(own, { recursive: true });
  const unpacked = await run("tar", ["-xJf", archive, "-C", root]);
  expect(unpacked.code, unpacked.stderr).toBe(0);
  // As a package has it, which brings no lockfile.
  await writeFile(join(root, "build.json"), JSON.stringify({ commit, components: [], testsSha256: null }));
  const links = ["platform", "modules"].map((name) => symlink(join(root, name), join(own, name)));
  for (const layer of layers)
    for (const name of await readdir(join(root, layer))) links.push(symlink(join(root, layer, name), join(own, name)));
  for (const name of await readdir(join(repository, "node_modules")))
    if (name !== "@casaforte" && !name.startsWith("."))
      links.push(symlink(join(repository, "node_modules", name), join(root, "node_modules", name)));
  await Promise.all(links);
}
