import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { version } from "./version.ts";

const root = new URL("../../../", import.meta.url);

/** A package of somebody else's that runs in the program, the agent or the web apps. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX; empty when the package names none. */
  readonly licence: string;
  /** SHA-512, hexadecimal; null when the lockfile names none. */
  readonly sha512: string | null;
}

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

const sha512Of = (integrity = ""): string | null => {
  const text = /^sha512-([A-Za-z0-9+/=]+)/.exec(integrity)?.[1];
  return text === undefined ? null : Buffer.from(text, "base64").toString("hex");
};

/**
 * What of a lockfile runs, by name and version, each once. What only builds and tests is left out, and of packages for one
 * platform each those that `isHere` does not find.
 */
export function componentsOf(lockfile: Lockfile, isHere: (path: string) => boolean): readonly Component[] {
  const found = new Map<string, Component>();
  for (const [path, locked] of Object.entries(lockfile.packages)) {
    const at = path.lastIndexOf("node_modules/");
    if (at < 0 || locked.link || locked.dev || locked.version === undefined) continue;
    if ((locked.optional || locked.devOptional) && !isHere(path)) continue;
    const name = path.slice(at + "node_modules/".length);
    found.set(`${name}@${locked.version}`, {
      ...{ name, version: locked.version, licence: locked.license ?? "" },
      sha512: sha512Of(locked.integrity),
    });
  }
  return [...found.values()].sort((a, b) => `${a.name}@${a.version}`.localeCompare(`${b.name}@${b.version}`, "en"));
}

/** What a package was built of, as it says itself. */
export interface Build {
  /** The commit; null in a working copy. */
  readonly commit: string | null;
  readonly components: readonly Component[];
  /** SHA-256 of the test matrix beside it; null when the commit was not tested, absent in a working copy. */
  readonly testsSha256?: string | null;
}

let known: Build | null = null;

/** What runs here: as the package says, or in a working copy as its lockfile does (R27). */
export function runningBuild(): Build {
  const at = (path: string) => fileURLToPath(new URL(path, root));
  const read = (path: string): unknown => JSON.parse(readFileSync(at(path), "utf8"));
  known ??= existsSync(at("build.json"))
    ? (read("build.json") as Build)
    : {
        commit: null,
        components: componentsOf(read("package-lock.json") as Lockfile, (path) =>
          existsSync(at(`${path}/package.json`)),
        ),
      };
  return known;
}

/** The package URL (purl-spec, type npm). */
const purlOf = ({ name, version: number }: Component): string =>
  `pkg:npm/${name.startsWith("@") ? `%40${name.slice(1)}` : name}@${number}`;

const licencesOf = (licence: string): readonly object[] => {
  if (licence === "") return [];
  return /^[\w.+-]+$/.test(licence) ? [{ license: { id: licence } }] : [{ expression: licence }];
};

/** The bill of materials as CycloneDX 1.6; the same for the same build, its serial number too. */
export function billOfMaterials({ commit, components }: Build): object {
  const listed = components.map((component) => ({
    type: "library",
    "bom-ref": purlOf(component),
    name: component.name,
    version: component.version,
    purl: purlOf(component),
    ...(component.sha512 === null ? {} : { hashes: [{ alg: "SHA-512", content: component.sha512 }] }),
    licenses: licencesOf(component.licence),
  }));
  const digest = createHash("sha256")
    .update(JSON.stringify([version, commit, listed]))
    .digest("hex");
  const serial = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  const own = `pkg:generic/casaforte@${version}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${serial}`,
    version: 1,
    metadata: {
      component: {
        ...{ type: "application", "bom-ref": own, name: "casaforte", version, purl: own },
        ...(commit === null ? {} : { properties: [{ name: "casaforte:build", value: commit }] }),
      },
    },
    components: listed,
    dependencies: [{ ref: own, dependsOn: listed.map((each) => each["bom-ref"]) }],
  };
}
