// Installs what is missing, then runs a script under the pinned Node 24, whatever Node started this one.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./install.mjs";
import { node24 } from "./node24.mjs";

ensureInstalled();
// Compiled code is kept between runs: half of a short run is compiling. Beside what was installed, as trusted as that is.
const compiled = fileURLToPath(new URL("../node_modules/.cache/casaforte-compiled", import.meta.url));
const child = spawn(node24(), process.argv.slice(2), {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: { NODE_COMPILE_CACHE: compiled, ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
