import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { firstLoad, overLimit } from "./first-load.ts";

const dist = mkdtempSync(join(tmpdir(), "cf-first-load-"));
afterAll(() => rmSync(dist, { recursive: true }));

test("a page is weighed with every script and style that it names, packed, and no other; over its limit fails the build", () => {
  mkdirSync(join(dist, "assets"));
  for (const name of ["a.js", "b.js"]) writeFileSync(join(dist, "assets", name), randomBytes(10_000));
  for (const [name, length] of [
    ["small.js", 2_000],
    ["later.js", 30_000],
  ] as const)
    writeFileSync(join(dist, "assets", name), randomBytes(length));
  writeFileSync(join(dist, "assets/a.css"), "a{color:red}".repeat(1_000));
  const page = (head: string) => writeFileSync(join(dist, "index.html"), `<html><head>${head}</head></html>`);
  const script = '<script type="module" crossorigin src="/assets/a.js"></script>';
  page(script);
  expect(() => firstLoad(dist)).toThrow("names nothing like");
  page(
    `${script}<link rel="modulepreload" crossorigin href="/assets/b.js"><link rel="stylesheet" href="/assets/a.css">`,
  );
  const load = firstLoad(dist);
  expect([Math.round(load.js), load.css < 1, Math.round(load.later)]).toEqual([20, true, 30]);
  expect(overLimit("x", load, { js: 21, css: 1, later: 31 })).toEqual([]);
  expect(overLimit("x", load, { js: 19, css: 0, later: 29 })).toEqual([
    expect.stringMatching(/^x: the first page loads 20\.\d kB of js, more than 19$/),
    expect.stringMatching(/kB of css, more than 0$/),
    expect.stringMatching(/^x: a later script has 30\.\d kB, more than 29$/),
  ]);
});
