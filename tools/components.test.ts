import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { billOfMaterials, componentsOf, type Lockfile, runningBuild } from "../apps/server/src/components.ts";
import { brokenPins, checkComponents, overdue, type Weakness } from "./components.ts";
import { root } from "./steps.ts";

const lockfile: Lockfile = {
  packages: {
    "": { version: "1.0.0" },
    "apps/a": { version: "1.0.0", ...{ dependencies: { lib: "2.0.0", "@s/lib": "^1.0.0" } } },
    "node_modules/a": { link: true },
    "node_modules/lib": {
      version: "2.0.0",
      license: "MIT",
      integrity: `sha512-${Buffer.alloc(64, 1).toString("base64")}`,
    },
    "node_modules/@s/lib": { version: "1.2.0", license: "(MIT OR Apache-2.0)" },
    "node_modules/lib/node_modules/lib": { version: "1.0.0" },
    "node_modules/tester": { version: "9.0.0", dev: true },
    "node_modules/other-platform": { version: "3.0.0", optional: true },
  },
};

test("R27: the bill of materials names each package that runs, with version, licence and digest, and no other", () => {
  const components = componentsOf(lockfile, () => false);
  expect(components.map(({ name, version }) => `${name}@${version}`)).toEqual([
    "@s/lib@1.2.0",
    "lib@1.0.0",
    "lib@2.0.0",
  ]);
  expect(billOfMaterials({ commit: "abc", components })).toMatchObject({
    ...{ bomFormat: "CycloneDX", specVersion: "1.6" },
    metadata: { component: { name: "casaforte", properties: [{ value: "abc" }] } },
    components: [
      { purl: "pkg:npm/%40s/lib@1.2.0", licenses: [{ expression: "(MIT OR Apache-2.0)" }] },
      { purl: "pkg:npm/lib@1.0.0", licenses: [] },
      { purl: "pkg:npm/lib@2.0.0", licenses: [{ license: { id: "MIT" } }], hashes: [{ content: "01".repeat(64) }] },
    ],
  });
  expect(billOfMaterials({ commit: "abc", components })).toEqual(billOfMaterials({ commit: "abc", components }));
  // Whatever we ask for ourselves is on the list of what runs.
  const names = new Set(runningBuild().components.map(({ name }) => name));
  for (const workspace of ["apps/server", "apps/agent", "modules", "platform"]) {
    const own = JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    for (const name of Object.keys(own.dependencies))
      if (!name.startsWith("@casaforte/")) expect([...names], name).toContain(name);
  }
});

test("R27: a known weakness fails the build from its day on, sooner the graver it is, until it is mended or does no harm", () => {
  const weakness: Weakness = {
    ...{ advisory: "GHSA-test", package: "lib", versions: ["1.0.0"], severity: "critical", knownOn: "2026-01-01" },
  };
  const on = (day: string, changed: Partial<Weakness> = {}) =>
    overdue([{ ...weakness, ...changed }], lockfile, Date.parse(day)).length;
  expect([on("2026-01-07"), on("2026-01-08")]).toEqual([0, 1]);
  expect([on("2026-01-30", { severity: "high" }), on("2026-01-31", { severity: "high" })]).toEqual([0, 1]);
  expect(on("2026-12-01", { versions: ["0.9.0"] })).toBe(0);
  expect(on("2026-12-01", { package: "b" })).toBe(0);
  expect(on("2026-12-01", { harmlessBecause: "that part is never called" })).toBe(0);
});

test("R27: what is locked is what was pinned, here too", () => {
  expect(brokenPins(lockfile)).toEqual([]);
  const astray = { packages: { ...lockfile.packages, "apps/a/node_modules/lib": { version: "2.0.1" } } };
  expect(brokenPins(astray)).toEqual(["apps/a: lib is pinned at 2.0.0, and 2.0.1 is locked"]);
  expect(checkComponents()).toEqual([]);
});
