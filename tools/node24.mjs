// Finds the Node 24 that npm installed for this platform. Dependency-free on purpose.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path of the Node 24 binary: the pinned npm package, or this very Node if it is new enough. */
export function node24() {
  const pinned = fileURLToPath(
    new URL(`../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url),
  );
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new Error(`No Node 24 for ${process.platform}-${process.arch}: install Node 24 or newer and start again.`);
}
