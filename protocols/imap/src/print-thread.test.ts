import { expect, test } from "vitest";
import { printThread } from "./commands/print-thread.ts";
import type { ThreadNode } from "./search-query.ts";

const node = (uid: number | null, ...children: ThreadNode[]): ThreadNode => ({ uid, children });

test("a thread is printed as RFC 5256 §4 shows it, and what the client does not see is left out", () => {
  const itself = (uid: number): number => uid;
  const thread = node(3, node(6, node(4, node(23)), node(44, node(7), node(96))));
  expect(printThread(thread, itself)).toBe("(3 6 (4 23)(44 (7)(96)))");
  expect(printThread(node(null, node(3), node(5)), itself)).toBe("((3)(5))");
  expect(printThread(node(1, node(2, node(3))), (uid) => (uid === 2 ? 0 : uid))).toBe("(1 3)");
});

test("R60: a thread that a sender made fork at each of 20,000 levels is printed too", () => {
  let thread = node(1);
  for (let level = 0; level < 20_000; level++) thread = node(1, thread, node(2));
  const text = printThread(thread, (uid) => uid);
  expect(text.split("(").length - 1).toBe(40_001);
  expect(text.split(")").length - 1).toBe(40_001);
});
