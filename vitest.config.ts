import { defineConfig } from "vitest/config";

const patience = { testTimeout: 120_000, hookTimeout: 180_000 };
const web = ["apps/{console,operator,webmail}/src/**/*.test.{ts,tsx}", "ui/**/src/**/*.test.{ts,tsx}"];
const exclude = ["**/node_modules/**", "**/dist/**"];

/** Unit, property and integration tests sit beside the code; tests/ holds what drives the whole product. */
export default defineConfig({
  test: {
    globalSetup: ["tests/support/test-shelf.test-support.ts"],
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "web", include: web, exclude, ...patience } },
      {
        extends: true,
        test: {
          name: "node",
          include: ["**/src/**/*.test.ts", "tests/**/*.test.ts", "tools/**/*.test.ts"],
          exclude: [...exclude, ...web],
          ...patience,
          // As the product runs: Node reads TypeScript itself, and nothing of it passes through a bundler.
          experimental: { viteModuleRunner: false, nodeLoader: false },
        },
      },
    ],
  },
});
