import { existsSync } from "node:fs";
import { chmod, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { binariesName } from "@casaforte/platform/db";
import { run } from "./product.ts";

/**
 * A data directory as the first start of a demo leaves it, copied to `target`: what takes a start ten seconds is done once in
 * a run. Made by whoever asks first. Without a shelf (a test run alone by other means) nothing is copied, and the start
 * does everything itself. `tests/sim/lifecycle.test.ts` proves first starts.
 */
export async function takeSeededData(target: string, make: (data: string) => Promise<void>): Promise<void> {
  const shelf = process.env["CASAFORTE_TEST_SHELF"];
  if (shelf === undefined) return;
  const template = join(shelf, "product");
  if (!existsSync(template)) await makeTemplate(shelf, template, make);
  const copied = await run("cp", ["-a", "--reflink=auto", template, target]);
  if (copied.code !== 0) throw new Error(copied.stderr);
}

/** Another worker may make the same one at the same time: the first that is whole stays. */
async function makeTemplate(shelf: string, template: string, make: (data: string) => Promise<void>): Promise<void> {
  const making = await mkdtemp(join(shelf, "product-"));
  await chmod(making, 0o711);
  const data = join(making, "data");
  await make(data);
  const binaries = join(data, "postgres", binariesName);
  await rm(binaries, { recursive: true });
  await symlink(join(shelf, binariesName), binaries);
  await rename(data, template).catch((error) => {
    if (!existsSync(template)) throw error;
  });
  await rm(making, { recursive: true, force: true });
}
