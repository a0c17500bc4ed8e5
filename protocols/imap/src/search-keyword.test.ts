import { expect, test } from "vitest";
import { FlagTable } from "./flag-table.ts";
import { findLocally } from "./search-plan.ts";
import { SequenceTracker } from "./sequence-tracker.ts";

class CountingTable extends FlagTable {
  looks = 0;

  override flags(number: number) {
    this.looks++;
    return super.flags(number);
  }
}

test("R60: a keyword is looked for once in each combination of flags, not in each message", () => {
  const table = new CountingTable();
  const sets = [0, table.intern(0, ["$Work", "a"]), table.intern(1, ["b"])];
  const count = 3_000;
  const column = (of: (index: number) => number) => Uint32Array.from({ length: count }, (_, index) => of(index));
  const tracker = new SequenceTracker({
    ...{ uidValidity: 1, uidNext: count + 1, highestModseq: 1, recentFromUid: 1, recentUpToUid: 0 },
    keywords: [],
    uids: column((index) => index + 1),
    flagSets: column((index) => sets[index % 3] ?? 0),
    modseqs: Float64Array.from({ length: count }, () => 1),
  });
  const look = { tracker, mailbox: { table } };
  expect(findLocally(look, { kind: "keyword", keyword: "$WORK" })).toEqual(
    column((index) => index).filter((index) => index % 3 === 1),
  );
  expect(table.looks).toBe(3);
  const without = findLocally(look, { kind: "not", key: { kind: "keyword", keyword: "B" } });
  expect(without?.length).toBe((2 * count) / 3);
  expect(table.looks).toBe(6);
});
