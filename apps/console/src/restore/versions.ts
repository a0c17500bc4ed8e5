import { isSame } from "@casaforte/arena";
import type { OpenPoint } from "./open-point.ts";
import type { FileVersion, FileVersions } from "./protocol.ts";
import { isDamage, type Node, type Tree } from "./tree.ts";

/**
 * The versions of an entry in an open point and in those it builds upon, told from their catalogues: nothing is fetched but
 * these. A point that cannot be read is named and passed over.
 */
export async function versionsOf(point: OpenPoint, tree: Tree, id: number, signal: AbortSignal): Promise<FileVersions> {
  const now = tree.node(id);
  const damaged: string[] = [];
  const found: { at: string; sinceAt: string; points: number; node: Node | null }[] = [
    { at: point.at, sinceAt: point.at, points: 1, node: now },
  ];
  for (const [index, at] of [...point.before.entries()].reverse()) {
    signal.throwIfAborted();
    const last = found.at(-1);
    try {
      const node = await tree.same(now, await point.earlier(index));
      if (last !== undefined && (await isStill(last.node, node))) {
        last.sinceAt = at;
        last.points++;
      } else found.push({ at, sinceAt: at, points: 1, node });
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push(at);
    }
  }
  signal.throwIfAborted();
  // Before it first came nothing was there: that is no version.
  if (found.at(-1)?.node === null) found.pop();
  const versions = found.map(
    ({ node, ...span }): FileVersion => ({ ...span, row: node === null ? null : tree.show(node) }),
  );
  return { versions, damaged, sinceAt: point.before[0] ?? point.at };
}

async function isStill(newer: Node | null, older: Node | null): Promise<boolean> {
  if (newer === null || older === null) return newer === older;
  return isSame({ reader: older.arena, entry: older.entry }, { reader: newer.arena, entry: newer.entry });
}
