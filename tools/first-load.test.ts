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
  for (const name of ["a.js", "b.js", "later.js"]) writeFileSync(join(dist, "assets", name), randomBytes(10_000));
  writeFileSync(join(dist, "assets/a.css"), "a{color:red}".repeat(1_000));
  const page = (head: string) => writeFileSync(join(dist, "index.html"), `<html><head>${head}</head></html>`);
  const script = '<script type="module" crossorigin src="/assets/a.js"></script>';
  page(script);
  expect(() => firstLoad(dist)).toThrow("names nothing like");
  page(
    `${script}<link rel="modulepreload" crossorigin href="/assets/b.js"><link rel="stylesheet" href="/assets/a.css">`,
  );
  const { js, css } = firstLoad(dist);
  expect([Math.round(js), css < 1]).toEqual([20, true]);
  expect(overLimit("x", { js, css }, { js: 21, css: 1 })).toEqual([]);
  expect(overLimit("x", { js, css }, { js: 19, css: 0 })).toEqual([
    expect.stringMatching(/^x: the first page loads 20\.\d kB of js, more than 19$/),
    expect.stringMatching(/kB of css, more than 0$/),
  ]);
});
