import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleServer, type Places } from "./bundle-server.ts";

/**
 * For `resolve-once.cjs`: loads the whole server as its sources stand, writes where each of its modules was found, and
 * then the program in few files and where that is: `collect-resolved.ts FOLDER`.
 */
const folder = process.argv[2] ?? "";
const server = new URL("../../apps/server/src/", import.meta.url);
const places: Places = {};
const hooks = registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const { parentURL, conditions, importAttributes } = context;
    const isPlain = conditions.includes("import") && Object.keys(importAttributes).length === 0;
    if (parentURL !== undefined && isPlain && found.url.startsWith("file:")) {
      places[parentURL] ??= {};
      places[parentURL][specifier] = [found.url, found.format ?? undefined];
    }
    return found;
  },
});
await import(new URL("demo/demo.ts", server).href);
const commands = new URL("commands/", server);
for (const name of readdirSync(commands)) if (/^[\w-]+\.ts$/.test(name)) await import(new URL(name, commands).href);
hooks.deregister();
/** Nobody reads a file of which half is written. */
function write(name: string, value: object): void {
  const file = join(folder, name);
  writeFileSync(`${file}.made`, JSON.stringify(value));
  renameSync(`${file}.made`, file);
}
write("resolved.json", places);
const from = new URL("main.ts", server).href;
// Always in the same place, so that what is compiled of it is kept once.
const kept = fileURLToPath(new URL("../../node_modules/.cache/casaforte-server", import.meta.url));
write("program.json", { from, to: await bundleServer(from, places, kept) });
// What was loaded may hold the process.
process.exit();
