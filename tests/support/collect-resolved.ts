import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

/** Loads the whole server and writes where each of its modules was found, for `resolve-once.cjs`: `collect-resolved.ts FILE`. */
const file = process.argv[2] ?? "";
const places: Record<string, Record<string, readonly [url: string, format: string | undefined]>> = {};
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
await import("../../apps/server/src/demo/demo.ts");
const commands = new URL("../../apps/server/src/commands/", import.meta.url);
for (const name of readdirSync(commands)) if (/^[\w-]+\.ts$/.test(name)) await import(new URL(name, commands).href);
hooks.deregister();
writeFileSync(`${file}.made`, JSON.stringify(places));
renameSync(`${file}.made`, file);
// What was loaded may hold the process.
process.exit();
