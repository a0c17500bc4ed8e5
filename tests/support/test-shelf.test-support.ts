import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTestShelf } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Once for a run, before the first worker: a database cluster that every test copies, where the server's modules lie, and
 * the server's program in a few files.
 */
export async function setup(): Promise<() => Promise<void>> {
  const takeAway = await openTestShelf(new MemoryLogger());
  const { code } = await lookOnce(process.env["CASAFORTE_TEST_SHELF"] ?? "");
  // Workers ask the C library for pages of 2 MiB, as an installed agent does: what touches new pages of 4 KiB all the time
  // takes a third more processor time (bench/README.md). What they start does not (`keep-compiled.test-support.ts`).
  process.env["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1";
  return async () => {
    const ended = await code;
    await takeAway();
    if (ended !== 0)
      throw new Error(`the server's modules could not be found or its program not be made: exit code ${ended}`);
  };
}

/**
 * Lets each Node that follows, workers and products alike, look for the server's modules where they were found at the
 * run's start, as soon as that is written. Returns the exit code of who writes it.
 */
async function lookOnce(shelf: string): Promise<{ readonly code: Promise<number | null> }> {
  const hook = join(shelf, "resolve-once.cjs");
  await copyFile(here("./resolve-once.cjs"), hook);
  const child = spawn(process.execPath, [here("./collect-resolved.ts"), shelf], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = once(child, "exit").then(([code]) => code as number | null);
  process.env["NODE_OPTIONS"] = `${process.env["NODE_OPTIONS"] ?? ""} --require ${JSON.stringify(hook)}`.trim();
  return { code };
}
