import type { ThreadNode } from "../search-query.ts";

/** `(2 (3)(4 5))`, RFC 5256 §4. Without recursion: who sends the messages says how deep their threads go. */
export function printThread(root: ThreadNode, number: (uid: number) => number): string {
  const printed: string[] = [];
  const waiting: (ThreadNode | ")")[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === ")") {
      printed.push(next);
      continue;
    }
    const numbers: number[] = [];
    let children: readonly ThreadNode[] = [next];
    for (let [node] = children; node !== undefined && children.length === 1; [node] = children) {
      const shown = node.uid === null ? 0 : number(node.uid);
      if (shown > 0) numbers.push(shown);
      children = node.children;
    }
    printed.push("(", numbers.join(" "), numbers.length > 0 && children.length > 0 ? " " : "");
    waiting.push(")");
    for (const child of children.toReversed()) waiting.push(child);
  }
  return printed.join("");
}
