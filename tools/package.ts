import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildWebApps } from "../apps/server/src/demo/build-web.ts";
import { program, root, runSteps, script } from "./steps.ts";

/** `npm run package`: a Debian package of the program with everything it needs at run time; see packaging/README.md. */

const { version } = JSON.parse(readFileSync(join(root, "apps/server/package.json"), "utf8")) as { version: string };
const architecture = { x64: "amd64", arm64: "arm64" }[process.arch as string];
if (!architecture) throw new Error(`no Debian architecture is known for ${process.arch}`);
const stage = join(root, "dist", "package");
const program24 = "usr/lib/casaforte";
const target = join(root, "dist", `casaforte_${version}_${architecture}.deb`);

/** What a running installation does not read. */
const left =
  /(^|\/)(tests?|bench|testing|fixtures)\/|\.test\.tsx?$|\.test-support\.ts$|^(\.|docs|packaging|biome|tsconfig|vitest)|^(ui|apps\/(console|operator|webmail))\/.*\/src\//;
const kept =
  /^(foundation|formats|protocols|platform|modules|apps|ui|patches)\/|^tools\/(node24|run24|install)\.mjs$|^(package|package-lock)\.json$|^LICENSE$/;

async function copyProgram(): Promise<void> {
  rmSync(stage, { recursive: true, force: true });
  const files = (await program("git", ["ls-files", "-z"], { quiet: true })).split("\0");
  for (const file of files.filter((name) => kept.test(name) && !left.test(name))) {
    const to = join(stage, program24, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(root, file), to);
  }
  for (const app of ["console", "operator", "webmail"])
    cpSync(join(root, "apps", app, "dist"), join(stage, program24, "apps", app, "dist"), { recursive: true });
  const release = "apps/agent/dist/release";
  cpSync(join(root, release), join(stage, program24, release), { recursive: true });
}

async function installDependencies(): Promise<void> {
  const cwd = join(stage, program24);
  const chosen = ["--workspace=apps/server", "--workspace=apps/agent", "--include-workspace-root"];
  await program("npm", ["ci", "--omit=dev", ...chosen, "--no-audit", "--no-fund", "--loglevel=error"], { cwd });
}

function layOut(): void {
  const at = (path: string) => join(stage, path);
  for (const folder of [
    "usr/bin",
    "usr/lib/systemd/system",
    "usr/share/doc/casaforte",
    "usr/share/casaforte",
    "DEBIAN",
  ])
    mkdirSync(at(folder), { recursive: true });
  symlinkSync("../lib/casaforte/apps/server/bin/casaforte.mjs", at("usr/bin/casaforte"));
  chmodSync(at(`${program24}/apps/server/bin/casaforte.mjs`), 0o755);
  cpSync(join(root, "packaging/systemd"), at("usr/lib/systemd/system"), { recursive: true });
  cpSync(join(root, "docs/runbook"), at("usr/share/doc/casaforte/runbook"), { recursive: true });
  cpSync(join(root, "packaging/alerts.yml"), at("usr/share/casaforte/alerts.yml"));
  cpSync(join(root, "LICENSE"), at("usr/share/doc/casaforte/copyright"));
  cpSync(join(root, "packaging/debian"), at("DEBIAN"), { recursive: true });
  writeFileSync(
    at("DEBIAN/control"),
    `${[
      "Package: casaforte",
      `Version: ${version}`,
      `Architecture: ${architecture}`,
      "Maintainer: Casaforte maintainers <maintainers@casaforte.example>",
      "Section: net",
      "Priority: optional",
      "Depends: libc6, libstdc++6, adduser | passwd",
      "Recommends: postgresql (>= 15), rsync",
      "Description: service provider in a box",
      " Sells and runs Cloud Backup and Mail for a hosting provider's customers:",
      " vault, IMAP, POP3, SMTP, webmail, consoles, orders, metering and invoices.",
    ].join("\n")}\n`,
  );
}

await runSteps([
  { name: "web apps", run: async () => void (await buildWebApps(root, (line) => console.log(line))) },
  { name: "agent", run: async () => void (await script("apps/agent/build/release.mjs", [])) },
  { name: "program", run: copyProgram },
  { name: "dependencies", run: installDependencies },
  {
    name: "package",
    async run() {
      layOut();
      await program("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--build", stage, target]);
    },
  },
]);
