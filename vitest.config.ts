import { defineConfig } from "vitest/config";

/** Unit, property and integration tests sit beside the code; tests/ holds what drives the whole product. */
export default defineConfig({
  test: {
    include: ["**/src/**/*.test.ts", "**/src/**/*.test.tsx", "tests/**/*.test.ts", "tools/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: ["tests/support/test-shelf.test-support.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
