#!/usr/bin/env node
// Starts the agent under Node 24 whatever Node is on the path. Dependency-free on purpose; CommonJS, since a module of
// the other kind loads much of Node before its first line.
const { existsSync } = require("node:fs");
const nodeModule = require("node:module");
const { dirname, join } = require("node:path");
const { findBundle } = require("../build/find-bundle.cjs");

function node24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  try {
    const pinned = require.resolve(`node-${process.platform}-${process.arch}/bin/node`);
    return existsSync(pinned) ? pinned : null;
  } catch {
    return null;
  }
}

/** Where there is no bundler, the sources themselves are run. */
async function program() {
  const { file, isThere } = findBundle();
  if (isThere) return file;
  try {
    const { agentBundle } = await import("../build/bundle.mjs");
    return await agentBundle();
  } catch {
    return join(__dirname, "../src/program.ts");
  }
}

/** Compiled code is kept beside the bundle, which who builds it owns. */
const compiledBeside = (file) => join(dirname(file), "compiled");

/** In this process: a second Node would take as long to start as the agent itself. */
function runHere(file) {
  process.env["CASAFORTE_AGENT_LAUNCHER"] = __filename;
  // Absent from the older Node that may read this file.
  nodeModule.enableCompileCache?.(compiledBeside(file));
  require(file);
}

function runUnder(node, file) {
  const child = require("node:child_process").spawn(
    node,
    ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=8", file, ...process.argv.slice(2)],
    {
      stdio: "inherit",
      env: { ...process.env, NODE_COMPILE_CACHE: compiledBeside(file), CASAFORTE_AGENT_LAUNCHER: __filename },
    },
  );
  // The terminal sends SIGINT to both; the child decides when it is done.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  child.on("error", (error) => {
    say(error.message);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}

const say = (sentence) => process.stderr.write(`casaforte-agent: ${sentence}\n`);

async function start() {
  const node = node24();
  if (node === null) {
    say(`no Node 24 for ${process.platform}-${process.arch}; run npm install, or install Node 24`);
    process.exit(1);
  }
  const file = await program();
  if (node === process.execPath && file.endsWith(".cjs")) runHere(file);
  else runUnder(node, file);
}

start();
