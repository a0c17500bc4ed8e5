import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "../support/product.ts";

const page = (name: string) => readFileSync(join(repository, "docs/security", name), "utf8");

interface Proof {
  readonly file: string;
  readonly name: string;
}

/** A proof is written `path/of/a.test.ts` “words of the test's name”. */
const proofsIn = (text: string): Proof[] =>
  [...text.matchAll(/`([\w./-]+\.test\.tsx?)` “([^”]+)”/g)].map(([, file = "", name = ""]) => ({ file, name }));

const absent = ({ file, name }: Proof): boolean =>
  !existsSync(join(repository, file)) || !readFileSync(join(repository, file), "utf8").includes(name);

describe.each(["owasp.md", "threats.md"])("docs/security/%s", (name) => {
  test("R60: each test that it names exists under that name", () => {
    const proofs = proofsIn(page(name));
    expect(proofs.length).toBeGreaterThan(25);
    expect(proofs.filter(absent)).toEqual([]);
    const mentioned = [...page(name).matchAll(/`([\w./-]+\.test\.tsx?)`/g)].length;
    expect(proofs.length).toBe(mentioned);
  });

  test("R60: no row of its tables is without a proof", () => {
    const rows = page(name)
      .split("\n")
      .filter((line) => line.startsWith("| ") && !/^\| (Category|Abuse|Check)|^\| ?-/.test(line));
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.filter((row) => proofsIn(row).length === 0)).toEqual([]);
  });
});

test("R60: both editions of the Top 10 are mapped, category by category", () => {
  const text = page("owasp.md");
  for (const edition of ["2021", "2025"])
    for (let n = 1; n <= 10; n++) expect(text).toContain(`| A${String(n).padStart(2, "0")}:${edition} `);
});

test("each product has a page of its threats", () => {
  for (const heading of ["## Cloud Backup", "## Mail", "## Consoles"]) expect(page("threats.md")).toContain(heading);
});
