import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL(".", import.meta.url));
const web = ["apps/{console,operator,webmail}/src/**/*.test.{ts,tsx}", "ui/**/src/**/*.test.{ts,tsx}"];
const parts = [
  "{foundation,formats,protocols,platform,modules}/**/src/**/*.test.ts",
  "apps/{agent,server}/src/**/*.test.ts",
  "tests/{interop,languages,security,upgrade}/*.test.ts",
  "tools/*.test.ts",
];
const exclude = ["**/node_modules/**", "**/dist/**"];

/** A file whose support prepares something when it is loaded needs a process in which nobody loaded it before. */
const preparesOnLoad = (file: string) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/from "(\.[^"]*\.test-support\.ts)"/g)].some(([, support = ""]) =>
    /^beforeAll\(/m.test(readFileSync(join(root, dirname(file), support), "utf8")),
  );
const shared = globSync(parts, { cwd: root, exclude }).filter((file) => !preparesOnLoad(file));

/** What runs for a quarter of a minute and more, longest first. A long file that begins last runs alone, beside an idle core. */
const longest = [
  "tests/e2e/consoles",
  "tests/e2e/links",
  "tests/interop/serve",
  "tests/e2e/restore",
  "tests/e2e/webmail",
  "tests/sim/lifecycle",
  "apps/agent/src/agent",
  "apps/agent/src/resume",
  "tests/security/routes",
  "tests/security/hostile",
  "tests/e2e/webmail-product",
  "tests/upgrade/two-versions",
  "tests/sim/backup-kill",
  "tests/sim/mail-kill",
  "tests/sim/chain-days",
  "tests/interop/serve-acme",
  "apps/agent/src/chain/compose-point",
  "tests/e2e/many-mailboxes",
  "apps/agent/src/daemon/daemon-process",
  "tests/interop/escrow",
  "tests/interop/database-away",
  "tests/interop/mail-clients",
  "tests/sim/mail-model",
  "tests/sim/mail-faults-mailbox",
  "tests/sim/mail-faults-smtp",
  "tests/sim/mail-faults-jmap",
  "apps/agent/src/cli/compare-program",
  "tests/sim/take-back",
  "tests/security/canary",
  "tests/interop/certificates",
  "tests/security/departure",
  "modules/identity/src/tenant-matrix",
  "modules/backup/src/faults",
].map((name) => join(root, `${name}.test.ts`));

/** The longest first, then what has a process of its own, then the many short files, which end at the same time. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) => {
      const at = longest.indexOf(moduleId);
      return at >= 0 ? at : longest.length + ["whole", "web", "parts"].indexOf(project.name);
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

const patience = { testTimeout: 120_000, hookTimeout: 180_000 };
// As the product runs: Node reads TypeScript itself, and nothing of it passes through a bundler.
const native = {
  ...patience,
  experimental: { viteModuleRunner: false, nodeLoader: false },
  setupFiles: ["tests/support/keep-compiled.test-support.ts"],
};

/** Unit, property and integration tests sit beside the code; tests/ holds what drives the whole product. */
export default defineConfig({
  test: {
    globalSetup: ["tests/support/test-shelf.test-support.ts"],
    pool: "forks",
    // As many as the smallest machine has cores: with a third, waits for browsers and killed servers came to their limits.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { ...patience, name: "web", include: web, exclude } },
      // One process loads the modules once and runs file after file: loading is most of what such a file takes.
      { extends: true, test: { ...native, name: "parts", isolate: false, include: shared, exclude } },
      {
        extends: true,
        test: {
          ...native,
          name: "whole",
          include: ["**/src/**/*.test.ts", "{tests,tools}/**/*.test.ts"],
          exclude: [...exclude, ...web, ...shared],
        },
      },
    ],
  },
});
