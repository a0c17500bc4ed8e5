import { readFileSync } from "node:fs";

/** A mounted file system, as mountinfo of proc(5) lists it. */
export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
  /** The device, or a name that the file system made up. */
  readonly source: string;
  /** Directory of the file system that is mounted; `/` for the whole. */
  readonly root: string;
}

/** The file system a path lies on: the longest mount point above it, the last mounted of equal ones. */
export function mountOf(path: string, mountInfo = readFileSync("/proc/self/mountinfo", "utf8")): Mount | null {
  let found: Mount | null = null;
  for (const line of mountInfo.split("\n")) {
    const mount = parse(line);
    if (mount === null || !isUnder(path, mount.mountPoint)) continue;
    if (found === null || mount.mountPoint.length >= found.mountPoint.length) found = mount;
  }
  return found;
}

const isUnder = (path: string, directory: string): boolean =>
  directory === "/" || path === directory || path.startsWith(`${directory}/`);

/** `36 35 98:0 /root /mount rw,noatime master:1 - ext3 /dev/root rw`, blanks in names as \040. */
function parse(line: string): Mount | null {
  const [before, after] = line.split(" - ");
  const fields = before?.split(" ") ?? [];
  const [type, source] = after?.split(" ") ?? [];
  const [root, mountPoint] = [fields[3], fields[4]];
  if (root === undefined || mountPoint === undefined || type === undefined || source === undefined) return null;
  return { mountPoint: plain(mountPoint), type, source: plain(source), root: plain(root) };
}

const plain = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
