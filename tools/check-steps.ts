import { basename, join } from "node:path";
import { checkArrows } from "./arrows.ts";
import { checkComponents } from "./components.ts";
import { findings, root, type Step, script } from "./steps.ts";
import { checkStyle } from "./style.ts";

/** The fast part: format, lint, types, architecture, style, components. Under 90 seconds on two cores. */
export const checkSteps: readonly Step[] = [
  {
    name: "format and lint",
    run: async () => void (await script("node_modules/@biomejs/biome/bin/biome", ["ci", "--error-on-warnings", "."])),
  },
  {
    name: "types",
    async run() {
      // The two consoles each register a router of their own with the router's types, so they are projects of their own.
      // What one run found is kept for the next, which then looks at what changed.
      for (const project of [".", "apps/console", "apps/operator"]) {
        const kept = join(
          root,
          "node_modules/.cache/types",
          `${project === "." ? "all" : basename(project)}.tsbuildinfo`,
        );
        await script("node_modules/typescript/bin/tsc", ["-p", project, "--incremental", "--tsBuildInfoFile", kept]);
      }
    },
  },
  findings("architecture", checkArrows),
  findings("style", checkStyle),
  findings("components", checkComponents),
];
