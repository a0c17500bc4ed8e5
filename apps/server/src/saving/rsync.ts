import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";

/** rsync's "some files vanished before they could be copied": they were deleted meanwhile, as files are. */
const vanished = 24;

/**
 * Makes `to` like `from`, with holes kept: whole files and theirs attributes. @throws precondition `save.no_rsync`;
 * unavailable `save.copy`.
 */
export async function mirror(
  from: string,
  to: string,
  options: readonly string[] = [],
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const child = spawn("rsync", ["-aS", ...options, `${from}/`, `${to}/`], {
    stdio: ["ignore", "ignore", "pipe"],
    ...(signal ? { signal } : {}),
  });
  let told = "";
  child.stderr.on("data", (chunk: Buffer) => {
    told = `${told}${chunk}`.slice(-2000);
  });
  const code = await new Promise<number>((done, fail) => {
    child.once("error", (cause: NodeJS.ErrnoException) =>
      fail(
        cause.code === "ENOENT"
          ? new Failure("precondition", "save.no_rsync", "install rsync: files are copied with it", { cause })
          : cause,
      ),
    );
    child.once("close", (ended) => done(ended ?? -1));
  });
  if (code !== 0 && code !== vanished)
    throw new Failure("unavailable", "save.copy", `rsync from ${from} to ${to} ended with ${code}: ${told.trim()}`);
}
