import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Build, billOfMaterials, type Lockfile } from "../../apps/server/src/components.ts";
import { program, root } from "../steps.ts";
import { thirdPartyNotices } from "./third-party.ts";

export interface PackageIdentity {
  readonly version: string;
  /** Of the last commit: the date of everything in the package. */
  readonly seconds: number;
}

const maintainer = "Casaforte maintainers <maintainers@casaforte.example>";

/** Puts around a staged program what a Debian package has besides: command, units, manual, runbook, control files. */
export async function layOut(stage: string, architecture: string): Promise<PackageIdentity> {
  const { version } = JSON.parse(readFileSync(join(root, "apps/server/package.json"), "utf8")) as { version: string };
  const seconds = Number((await program("git", ["log", "-1", "--format=%ct"], { quiet: true })).trim());
  const at = (path: string) => join(stage, path);
  const from = (path: string) => join(root, path);
  // A second run over the same stage starts from the program alone.
  for (const made of ["DEBIAN", "usr/bin", "usr/share", "usr/lib/systemd"])
    rmSync(at(made), { recursive: true, force: true });
  for (const folder of ["DEBIAN", "usr/bin", "usr/share/doc/casaforte", "usr/share/casaforte", "usr/share/man/man1"])
    mkdirSync(at(folder), { recursive: true });
  mkdirSync(at("usr/share/lintian/overrides"), { recursive: true });

  const launcher = readFileSync(from("packaging/share/casaforte"), "utf8").replace("@ARCH@", process.arch);
  writeFileSync(at("usr/bin/casaforte"), launcher);
  chmodSync(at("usr/bin/casaforte"), 0o755);
  writeFileSync(
    at("usr/share/man/man1/casaforte.1.gz"),
    gzipSync(readFileSync(from("packaging/share/casaforte.1")), { level: 9 }),
  );
  writeFileSync(at("usr/share/doc/casaforte/changelog.gz"), gzipSync(changelog(version, seconds), { level: 9 }));
  const lockfile = JSON.parse(readFileSync(from("package-lock.json"), "utf8")) as Lockfile;
  writeFileSync(
    at("usr/share/doc/casaforte/THIRD-PARTY.gz"),
    gzipSync(thirdPartyNotices(lockfile, root), { level: 9 }),
  );
  cpSync(from("packaging/share/copyright"), at("usr/share/doc/casaforte/copyright"));
  cpSync(from("packaging/share/lintian-overrides"), at("usr/share/lintian/overrides/casaforte"));
  cpSync(from("docs/runbook"), at("usr/share/doc/casaforte/runbook"), { recursive: true });
  const build = at("usr/lib/casaforte/build.json");
  if (existsSync(build))
    writeFileSync(
      at("usr/share/casaforte/sbom.cdx.json"),
      JSON.stringify(billOfMaterials(JSON.parse(readFileSync(build, "utf8")) as Build), null, 1),
    );
  cpSync(from("packaging/alerts.yml"), at("usr/share/casaforte/alerts.yml"));
  cpSync(from("packaging/systemd"), at("usr/lib/systemd/system"), { recursive: true });
  cpSync(from("packaging/debian"), at("DEBIAN"), { recursive: true });
  for (const script of readdirSync(at("DEBIAN"))) chmodSync(at(`DEBIAN/${script}`), 0o755);
  const files = listFiles(stage, "usr");
  writeFileSync(at("DEBIAN/md5sums"), files.map((file) => `${md5(at(file))}  ${file}\n`).join(""));
  writeFileSync(at("DEBIAN/control"), control({ version, architecture, kilobytes: kilobytesOf(stage, files) }));
  return { version, seconds };
}

const control = (of: { readonly version: string; readonly architecture: string; readonly kilobytes: number }) =>
  `${[
    "Package: casaforte",
    `Version: ${of.version}`,
    `Architecture: ${of.architecture}`,
    `Installed-Size: ${of.kilobytes}`,
    `Maintainer: ${maintainer}`,
    "Section: net",
    "Priority: optional",
    // What Node and the native parts ask for; they link to nothing else.
    "Depends: libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 8), passwd, init-system-helpers (>= 1.54)",
    "Recommends: postgresql (>= 15), rsync",
    "Homepage: https://casaforte.example/",
    "Description: Cloud Backup and Mail for a hosting provider",
    " Sells and runs Cloud Backup and Mail for a hosting provider's customers:",
    " vault, IMAP, POP3, SMTP, webmail, consoles, orders, metering and invoices.",
    " .",
    " The package brings the Node it runs under, and a PostgreSQL for drills alone;",
    " the database that it serves from is yours.",
  ].join("\n")}\n`;

const changelog = (version: string, seconds: number) =>
  [
    `casaforte (${version}) stable; urgency=medium`,
    "",
    "  * Version of the program; what changed is told by its own history.",
    "",
    ` -- ${maintainer}  ${new Date(seconds * 1000).toUTCString().replace("GMT", "+0000")}`,
    "",
  ].join("\n");

const md5 = (file: string) => createHash("md5").update(readFileSync(file)).digest("hex");

const listFiles = (stage: string, below: string): string[] =>
  readdirSync(join(stage, below), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? listFiles(stage, `${below}/${entry.name}`) : entry.isFile() ? [`${below}/${entry.name}`] : [],
  );

const kilobytesOf = (stage: string, files: readonly string[]) =>
  files.reduce((sum, file) => sum + Math.ceil(statSync(join(stage, file)).size / 1024), 0);
