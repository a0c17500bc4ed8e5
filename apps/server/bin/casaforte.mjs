#!/usr/bin/env node
// Runs the server under the pinned Node 24, whatever Node started this one.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { node24 } from "../../../tools/node24.mjs";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const child = spawn(node24(), [main, ...process.argv.slice(2)], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
