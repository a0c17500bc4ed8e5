// Required by each Node that a run of the tests starts, from the run's shelf: tells where a module lies that was looked for
// when the run began, and begins the server's program in the few files that it was made of then. Looking, reading and
// compiling a thousand sources is half of what a command takes.
const { readFileSync } = require("node:fs");
const { registerHooks } = require("node:module");
const { join } = require("node:path");

/** By importer and specifier: URL and format, as Node found them. */
let places;
function read(name) {
  try {
    return JSON.parse(readFileSync(join(__dirname, name), "utf8"));
  } catch {
    // Not written yet.
    return {};
  }
}

/** What this process begins with, when that is the server's program. */
function entry(found) {
  if (!found.url.endsWith("/main.ts") || process.env["CASAFORTE_TEST_SOURCES"] !== undefined) return found;
  const { from, to } = read("program.json");
  if (found.url !== from) return found;
  // Its few files name what they load by its place.
  places = {};
  return { url: to, format: "module", shortCircuit: true };
}

// Another Node than the product's has no such hooks.
registerHooks?.({
  resolve(specifier, context, next) {
    if (context.parentURL === undefined) return entry(next(specifier, context));
    if (!context.conditions.includes("import")) return next(specifier, context);
    places ??= read("resolved.json");
    const known = places[context.parentURL]?.[specifier];
    return known === undefined ? next(specifier, context) : { url: known[0], format: known[1], shortCircuit: true };
  },
});
