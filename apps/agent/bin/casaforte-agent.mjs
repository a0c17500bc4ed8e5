#!/usr/bin/env node
// Starts the agent under Node 24 whatever Node is on the path. Dependency-free on purpose.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function node24() {
  try {
    const name = `node-${process.platform}-${process.arch}`;
    const pinned = createRequire(import.meta.url).resolve(`${name}/bin/node`);
    if (existsSync(pinned)) return pinned;
  } catch {
    // Not installed for this platform: the Node that runs this may serve.
  }
  return Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : null;
}

const node = node24();
if (node === null) {
  console.error(
    `casaforte-agent: no Node 24 for ${process.platform}-${process.arch}; run npm install, or install Node 24`,
  );
  process.exit(1);
}
// Compiled code is kept in the agent's own directory, which nobody else can write to; half of a short run is compiling.
const home =
  process.env.CASAFORTE_AGENT_HOME ||
  (process.getuid?.() === 0 ? "/var/lib/casaforte-agent" : join(homedir(), ".casaforte-agent"));
const child = spawn(node, ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, ...(existsSync(home) ? { NODE_COMPILE_CACHE: join(home, "compiled") } : {}) },
});
// The terminal sends SIGINT to both; the child decides when it is done.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("error", (error) => {
  console.error(`casaforte-agent: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
