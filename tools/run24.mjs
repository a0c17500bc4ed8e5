// Installs what is missing, then runs a script under the pinned Node 24, whatever Node started this one.
import { spawn } from "node:child_process";
import { ensureInstalled } from "./install.mjs";
import { node24 } from "./node24.mjs";

ensureInstalled();
const child = spawn(node24(), process.argv.slice(2), { stdio: ["inherit", "inherit", "inherit", "ipc"] });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
