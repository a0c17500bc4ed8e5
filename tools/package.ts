import { join } from "node:path";
import { buildWebApps } from "../apps/server/src/demo/build-web.ts";
import { firstLoadStep } from "./first-load.ts";
import { layOut } from "./package/lay-out.ts";
import { architecture, stageProgram } from "./package/stage-program.ts";
import { program, root, runSteps, script } from "./steps.ts";

/**
 * `npm run package`: a Debian package of the program with everything it needs at run time. With `-- --check` it is then
 * installed into a copy of this system that is thrown away (root only), started, and removed; see packaging/README.md.
 */
const stage = join(root, "dist", "package");
const isChecked = process.argv.includes("--check");
let target = "";

await runSteps([
  { name: "web apps", run: async () => void (await buildWebApps(root, (line) => console.log(line))) },
  firstLoadStep,
  { name: "agent", run: async () => void (await script("apps/agent/build/release.mjs", [])) },
  { name: "program and dependencies", run: () => stageProgram(stage) },
  {
    name: "package",
    async run() {
      const { version, seconds } = await layOut(stage, architecture);
      target = join(root, "dist", `casaforte_${version}_${architecture}.deb`);
      // The same commit with the same report of its tests gives the same package: no time of this run goes into it.
      const env = { SOURCE_DATE_EPOCH: String(seconds) };
      await program("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--build", stage, target], { env });
    },
  },
  ...(isChecked
    ? [{ name: "check", run: async () => void (await program("sh", ["packaging/check-package.sh", target])) }]
    : []),
]);
