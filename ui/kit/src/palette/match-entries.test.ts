import { expect, test } from "vitest";
import { matchEntries } from "./match-entries.ts";

const go = () => undefined;
const groups = [
  {
    label: "Pagine",
    entries: [
      { id: "a", label: "Attività", go },
      { id: "b", label: "Fatture", go },
    ],
  },
  { label: "Caselle", entries: [{ id: "c", label: "dora@example.it", hint: "Dora Fabbri", go }] },
];
const found = (text: string) => matchEntries(groups, text).flatMap(({ entries }) => entries.map(({ id }) => id));

test("the palette finds an entry by each of the words typed, in any order, without accents, by its hint and its group", () => {
  expect(found("")).toEqual(["a", "b", "c"]);
  expect(found("attivita")).toEqual(["a"]);
  expect(found("FATT")).toEqual(["b"]);
  expect(found("fabbri dora@")).toEqual(["c"]);
  expect(found("caselle")).toEqual(["c"]);
  expect(found("fatture dora")).toEqual([]);
  expect(matchEntries(groups, "fatture").map(({ label }) => label)).toEqual(["Pagine"]);
});
