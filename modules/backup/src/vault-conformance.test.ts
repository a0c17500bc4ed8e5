import { lintCatalogue } from "@casaforte/platform/db";
import { vaultConformance } from "@casaforte/vault/conformance";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

describe("the vault on PostgreSQL and HTTP", () => {
  let vault: TestVault;
  beforeAll(async () => {
    vault = await startTestVault();
  });
  afterAll(() => vault?.[Symbol.asyncDispose]());
  afterEach(async () => {
    expect(await vault.findings()).toEqual([]);
    vault.tenants.splice(0);
  });

  vaultConformance(() => vault.harness);

  test("its tables pass the catalogue lint", async () => {
    expect(await lintCatalogue(vault.database.cluster.appUrl)).toEqual([]);
  });

  test("nothing went wrong inside", () => {
    const troubles = vault.logger.events.filter((event) => event.level === "error");
    expect(troubles.map((event) => `${event.event} ${event.error}`)).toEqual([]);
  });
});
