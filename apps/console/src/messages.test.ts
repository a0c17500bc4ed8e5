import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { en } from "./messages-en.ts";
import { it } from "./messages-it.ts";

test.each([
  ["it", it],
  ["en", en],
])("R96: every page's words in %s are the console's, and no page hides another's", async (language, all) => {
  const ids: string[] = [];
  for (const file of readdirSync(new URL(`./messages/${language}/`, import.meta.url))) {
    const pages: Record<string, object> = await import(`./messages/${language}/${file.replace(/\.ts$/, "")}.ts`);
    for (const page of Object.values(pages)) ids.push(...Object.keys(page));
  }
  expect(ids.toSorted()).toEqual(Object.keys(all).toSorted());
});
