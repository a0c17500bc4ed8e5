import { readFileSync } from "node:fs";

/** A mounted file system, as mountinfo of proc(5) lists it. */
export interface Mount {
  readonly mountPoint: string;
  /** `major:minor` of the file system: the kernel's own, unlike the names beside it. */
  readonly device: string;
  readonly type: string;
  /** The device, or a name made up by the file system: by whoever mounted it, where that is FUSE. */
  readonly source: string;
  /** Directory of the file system that is mounted; `/` for the whole. */
  readonly root: string;
}

/** One line of it: which mount it is, and which one it is mounted in. */
interface Listed extends Mount {
  readonly id: string;
  readonly parentId: string;
}

/** The file systems that can be reached: what another one is mounted over is not among them. */
export function readMounts(mountInfo = readFileSync("/proc/self/mountinfo", "utf8")): readonly Mount[] {
  const all = mountInfo.split("\n").flatMap((line) => parse(line) ?? []);
  const ids = new Set(all.map(({ id }) => id));
  const isTop = ({ id, parentId }: Listed): boolean => parentId === id || !ids.has(parentId);
  const reached: Mount[] = [];
  const visit = (siblings: readonly Listed[]): void => {
    for (const [index, mount] of siblings.entries()) {
      const hides = (other: Listed, at: number) =>
        other.mountPoint === mount.mountPoint ? at > index : isUnder(mount.mountPoint, other.mountPoint);
      if (siblings.some(hides)) continue;
      const inside = all.filter((other) => other.parentId === mount.id && !isTop(other));
      if (!inside.some(({ mountPoint }) => mountPoint === mount.mountPoint)) reached.push(mount);
      visit(inside);
    }
  };
  visit(all.filter(isTop));
  return reached;
}

/** The file system a path lies on: the longest mount point above it. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  let found: Mount | null = null;
  for (const mount of mounts) {
    if (!isUnder(path, mount.mountPoint)) continue;
    if (found === null || mount.mountPoint.length > found.mountPoint.length) found = mount;
  }
  return found;
}

/** Whether a path is a directory or lies in it. */
export const isUnder = (path: string, directory: string): boolean =>
  directory === "/" || path === directory || path.startsWith(`${directory}/`);

/** `36 35 98:0 /root /mount rw,noatime master:1 - ext3 /dev/root rw`, blanks in names as \040. */
function parse(line: string): Listed | null {
  const [before, after] = line.split(" - ");
  const [id, parentId, device, root, mountPoint] = before?.split(" ") ?? [];
  const [type, source] = after?.split(" ") ?? [];
  if (id === undefined || parentId === undefined || device === undefined) return null;
  if (root === undefined || mountPoint === undefined) return null;
  if (type === undefined || source === undefined) return null;
  return { id, parentId, device, mountPoint: plain(mountPoint), type, source: plain(source), root: plain(root) };
}

const plain = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
