#!/usr/bin/env node
// Starts the agent under Node 24 whatever Node is on the path. Dependency-free on purpose.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentBundle } from "../build/bundle.mjs";

function node24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  try {
    const name = `node-${process.platform}-${process.arch}`;
    const pinned = createRequire(import.meta.url).resolve(`${name}/bin/node`);
    return existsSync(pinned) ? pinned : null;
  } catch {
    return null;
  }
}

/** Where there is no bundler, the sources themselves are run. */
async function program() {
  try {
    return await agentBundle();
  } catch {
    return fileURLToPath(new URL("../src/program.ts", import.meta.url));
  }
}

const node = node24();
if (node === null) {
  console.error(
    `casaforte-agent: no Node 24 for ${process.platform}-${process.arch}; run npm install, or install Node 24`,
  );
  process.exit(1);
}
const file = await program();
const child = spawn(node, ["--disable-warning=ExperimentalWarning", file, ...process.argv.slice(2)], {
  stdio: "inherit",
  // Compiled code is kept beside the bundle, which who builds it owns.
  env: {
    ...process.env,
    NODE_COMPILE_CACHE: join(dirname(file), "compiled"),
    CASAFORTE_AGENT_LAUNCHER: fileURLToPath(import.meta.url),
  },
});
// The terminal sends SIGINT to both; the child decides when it is done.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("error", (error) => {
  console.error(`casaforte-agent: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
