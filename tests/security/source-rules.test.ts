import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../support/product.ts";

const productFolders = ["foundation", "formats", "protocols", "platform", "modules", "ui", "apps"];
const isTest = (path: string) =>
  /\.(test|test-support)\.tsx?$|conformance|\/testing\/|testbed|testkit|\/memory\//.test(path);

function* sources(): Generator<[path: string, text: string]> {
  for (const folder of productFolders)
    for (const entry of readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })) {
      const path = relative(repository, join(entry.parentPath, entry.name));
      if (!entry.isFile() || !/\.tsx?$/.test(path) || /node_modules|\/dist\//.test(path) || isTest(path)) continue;
      yield [path, readFileSync(join(repository, path), "utf8").replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "")];
    }
}

/** What may not stand in the product's source, and the few files that must, each for its reason. */
const banned = {
  "SQL built as a string": {
    pattern: /\.unsafe\(/,
    // Roles and migrations have no parameters; the matrix of tables generates its statements from the catalogue; a save
    // names tables and columns, quoted, since COPY takes no parameters; a run of the tests names its databases.
    except: [
      "platform/db/src/migrate.ts",
      "platform/db/src/put-back-database.ts",
      "platform/db/src/roles.ts",
      "platform/db/src/save-database.ts",
      "platform/db/src/tenant-matrix.ts",
      "platform/db/src/test-shelf.ts",
    ],
  },
  "a shell": { pattern: /\bexec(Sync)?\(\s*[`"']|shell:\s*true|from "node:child_process";?.*\bexec\b/, except: [] },
  "code made of text": { pattern: /\beval\(|new Function\(/, except: [] },
  "HTML without the sanitiser": { pattern: /dangerouslySetInnerHTML|\.insertAdjacentHTML\(/, except: [] },
  "a frame that may both run scripts and be ours": {
    pattern: /sandbox="[^"]*allow-scripts[^"]*allow-same-origin|sandbox="[^"]*allow-same-origin[^"]*allow-scripts/,
    except: [],
  },
  "chance that can be guessed": { pattern: /Math\.random\(/, except: [] },
  "other sites let in": {
    pattern: /access-control-allow-origin|@fastify\/cors/i,
    // JMAP's listener for programs, which knows no cookie: whoever calls must have the password itself.
    except: ["platform/http/src/other-sites.ts"],
  },
} as const satisfies Record<string, { pattern: RegExp; except: readonly string[] }>;

test.each(Object.keys(banned) as (keyof typeof banned)[])("R60: nowhere in the product's source is %s", (what) => {
  const { pattern, except } = banned[what];
  const found = [...sources()].filter(([, text]) => pattern.test(text)).map(([path]) => path);
  expect(found.filter((path) => !(except as readonly string[]).includes(path))).toEqual([]);
  expect([...sources()].length).toBeGreaterThan(300);
});

test("R60: certificates are verified wherever the product connects, except where SMTP's own policy is opportunistic", () => {
  const found = [...sources()].filter(([, text]) => /rejectUnauthorized:(?!\s*true)/.test(text)).map(([path]) => path);
  expect(found.filter((path) => !path.startsWith("modules/mailflow/"))).toEqual([]);
});

interface LockedPackage {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}
const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const installed = Object.entries(lock.packages).filter(
  ([path, found]) => path.includes("node_modules/") && !found.link,
);

test("R60: every package is pinned by its digest", () => {
  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([, found]) => !found.integrity?.startsWith("sha512-")).map(([path]) => path)).toEqual([]);
});

test("R60: no package runs a script at its installation unless package.json names it", () => {
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    readonly allowScripts: Readonly<Record<string, boolean>>;
  };
  const scripted = installed
    .filter(([, found]) => found.hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  expect(scripted.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
});
