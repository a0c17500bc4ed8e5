// Required by each Node that a run of the tests starts, from the run's shelf: tells where a module lies that was looked for
// when the run began. Looking is two fifths of what loading the server takes.
const { readFileSync } = require("node:fs");
const { registerHooks } = require("node:module");
const { join } = require("node:path");

/** By importer and specifier: URL and format, as Node found them. */
let places;
function readPlaces() {
  try {
    return JSON.parse(readFileSync(join(__dirname, "resolved.json"), "utf8"));
  } catch {
    // Not written yet.
    return {};
  }
}

// Another Node than the product's has no such hooks.
registerHooks?.({
  resolve(specifier, context, next) {
    if (context.parentURL === undefined || !context.conditions.includes("import")) return next(specifier, context);
    places ??= readPlaces();
    const known = places[context.parentURL]?.[specifier];
    return known === undefined ? next(specifier, context) : { url: known[0], format: known[1], shortCircuit: true };
  },
});
