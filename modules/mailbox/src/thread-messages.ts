import type { ThreadNode } from "@casaforte/imap";
import { isReplySubject } from "@casaforte/mime";
import type { ThreadRow } from "./store-search.ts";

/** A message, or a missing one that others refer to. */
interface Container {
  readonly key: string;
  row: ThreadRow | null;
  parent: Container | null;
  readonly children: Container[];
}

/** THREAD=ORDEREDSUBJECT (RFC 5256 §3): one thread a base subject, the first message with all others as its children. */
export function threadByOrderedSubject(rows: readonly ThreadRow[]): readonly ThreadNode[] {
  const groups = new Map<string, ThreadRow[]>();
  for (const row of [...rows].sort(byDate)) {
    const group = groups.get(row.baseSubject);
    if (group) group.push(row);
    else groups.set(row.baseSubject, [row]);
  }
  return [...groups.values()].map(([first, ...rest]) => ({
    uid: first?.uid ?? null,
    children: rest.map((row) => ({ uid: row.uid, children: [] })),
  }));
}

/** THREAD=REFERENCES (RFC 5256 §3, steps 1 to 6). Loops free of recursion: a thread may be thousands deep. */
export function threadByReferences(rows: readonly ThreadRow[]): readonly ThreadNode[] {
  const roots = mergeSubjects(prune(linkAll(rows)));
  return toNodes(roots);
}

/** Step 1: link each message to what it refers to, never making a loop. */
function linkAll(rows: readonly ThreadRow[]): Container[] {
  const byId = new Map<string, Container>();
  const all: Container[] = [];
  const find = (id: string): Container => {
    let container = byId.get(id);
    if (!container) {
      container = { key: id, row: null, parent: null, children: [] };
      byId.set(id, container);
      all.push(container);
    }
    return container;
  };
  for (const row of rows) {
    const [id = "", ...references] = row.links;
    let own = id === "" ? null : find(id);
    if (!own || own.row) {
      // A second message of the same id stands for itself.
      own = { key: `\n${row.uid}`, row: null, parent: null, children: [] };
      all.push(own);
    }
    own.row = row;
    let before: Container | null = null;
    for (const reference of references) {
      const container = find(reference);
      if (before && !container.parent && !isAncestor(container, before)) adopt(before, container);
      before = container;
    }
    if (own.parent) abandon(own);
    if (before && !isAncestor(own, before)) adopt(before, own);
  }
  return all.filter((container) => !container.parent);
}

function isAncestor(candidate: Container, of: Container): boolean {
  for (let at: Container | null = of; at; at = at.parent) if (at === candidate) return true;
  return false;
}

function adopt(parent: Container, child: Container): void {
  child.parent = parent;
  parent.children.push(child);
}

function abandon(child: Container): void {
  const siblings = child.parent?.children ?? [];
  const at = siblings.indexOf(child);
  if (at >= 0) siblings.splice(at, 1);
  child.parent = null;
}

/** Step 3: empty containers without children go; those with children give them to their parent, or stay as a root of several. */
function prune(roots: readonly Container[]): Container[] {
  const order: Container[] = [];
  const stack = [...roots];
  for (let at = stack.pop(); at; at = stack.pop()) {
    order.push(at);
    stack.push(...at.children);
  }
  for (const container of order.reverse()) {
    const kept: Container[] = [];
    for (const child of container.children) {
      if (child.row) kept.push(child);
      else {
        for (const grandchild of child.children) grandchild.parent = container;
        kept.push(...child.children);
      }
    }
    container.children.splice(0, container.children.length, ...kept);
  }
  return roots.flatMap((root) => {
    if (root.row || root.children.length > 1) return [root];
    for (const child of root.children) child.parent = null;
    return root.children;
  });
}

const leader = (container: Container): ThreadRow | null =>
  container.row ?? container.children.map((child) => child.row).find(Boolean) ?? null;

/** Steps 4 and 5: roots of one base subject become one thread, replies under what they reply to. */
function mergeSubjects(roots: readonly Container[]): Container[] {
  sortSiblings(roots);
  const bySubject = new Map<string, Container>();
  const sorted = [...roots].sort(byLeader);
  for (const root of sorted) {
    const row = leader(root);
    if (!row || row.baseSubject === "") continue;
    const known = bySubject.get(row.baseSubject);
    const better = !known || (!root.row && known.row) || (known.row && isReply(known) && !isReply(root));
    if (better) bySubject.set(row.baseSubject, root);
  }
  const result: Container[] = [];
  const replaced = new Map<Container, Container>();
  for (const root of sorted) {
    const row = leader(root);
    const first = row && row.baseSubject !== "" ? bySubject.get(row.baseSubject) : undefined;
    if (!first || first === root) {
      result.push(root);
      continue;
    }
    const target = replaced.get(first) ?? first;
    if (!target.row && !root.row) for (const child of root.children) adopt(target, child);
    else if (!target.row) adopt(target, root);
    else if (isReply(root) && !isReply(target)) adopt(target, root);
    else {
      const joint: Container = { key: "", row: null, parent: null, children: [] };
      adopt(joint, target);
      adopt(joint, root);
      replaced.set(first, joint);
    }
  }
  return result.map((root) => replaced.get(root) ?? root);
}

const isReply = (container: Container): boolean => isReplySubject(leader(container)?.subject ?? "");

const byDate = (a: ThreadRow, b: ThreadRow): number => a.date.getTime() - b.date.getTime() || a.uid - b.uid;

function byLeader(a: Container, b: Container): number {
  const left = leader(a);
  const right = leader(b);
  return left && right ? byDate(left, right) : left ? -1 : right ? 1 : 0;
}

/** Step 6, from the bottom up. */
function sortSiblings(roots: readonly Container[]): void {
  const stack = [...roots];
  for (let at = stack.pop(); at; at = stack.pop()) {
    at.children.sort(byLeader);
    stack.push(...at.children);
  }
}

function toNodes(roots: readonly Container[]): readonly ThreadNode[] {
  sortSiblings(roots);
  const top: ThreadNode[] = [];
  const stack: { container: Container; into: ThreadNode[] }[] = [...roots]
    .sort(byLeader)
    .reverse()
    .map((container) => ({ container, into: top }));
  for (let at = stack.pop(); at; at = stack.pop()) {
    const children: ThreadNode[] = [];
    at.into.push({ uid: at.container.row?.uid ?? null, children });
    for (const child of [...at.container.children].reverse()) stack.push({ container: child, into: children });
  }
  return top;
}
