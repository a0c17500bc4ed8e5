import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { webSources } from "./build-web.ts";

const root = join(import.meta.dirname, "../../../..");

test("what the web apps are made of is looked at for changes, package by package that one names", () => {
  const folders = new Map(
    globSync("{foundation,formats,protocols,ui,apps}/*/package.json", { cwd: root }).map((path) => [
      (JSON.parse(readFileSync(join(root, path), "utf8")) as { name: string }).name,
      path.slice(0, -"/package.json".length),
    ]),
  );
  const named = (folder: string): string[] =>
    globSync("src/**/*.{ts,tsx}", { cwd: join(root, folder) })
      .filter((path) => !/\.test(-support)?\.tsx?$/.test(path))
      .flatMap((path) => [...readFileSync(join(root, folder, path), "utf8").matchAll(/from "(@casaforte\/[\w-]+)/g)])
      .map(([, name]) => folders.get(name ?? "") ?? name ?? "");
  const seen = new Set(["apps/console", "apps/operator", "apps/webmail"]);
  for (const folder of seen) for (const found of named(folder)) seen.add(found);
  const outside = [...seen].filter(
    (folder) => !folder.startsWith("apps/") && !webSources.some((known) => `${folder}/`.startsWith(`${known}/`)),
  );
  expect(outside).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining(["ui/kit", "formats/zip", "foundation/kernel"]));
  for (const folder of webSources) expect(existsSync(join(root, folder))).toBe(true);
});
