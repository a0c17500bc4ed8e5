import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";

/** Why no btrfs can be made and mounted here; null when it can. */
export function whyNoBtrfs(): string | null {
  if (process.platform !== "linux") return "it takes Linux";
  if (process.getuid?.() !== 0 || !maySetUpMounts()) return "mounting takes root";
  if (!existsSync("/dev/loop-control")) return "there is no /dev/loop-control";
  if (!/\tbtrfs$/m.test(readFileSync("/proc/filesystems", "utf8"))) return "this kernel has no btrfs";
  for (const program of ["mkfs.btrfs", "btrfs", "losetup"])
    if (spawnSync(program, ["--version"]).error) return `there is no ${program} (Debian package btrfs-progs)`;
  return null;
}

/** Root in a container often lacks it. linux/capability.h: CAP_SYS_ADMIN is bit 21. */
function maySetUpMounts(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n;
}

/** Runs a program of the system. @throws Error with what it complained of. Returns what it printed. */
export function system(program: string, ...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout.trim();
}

/** A btrfs in a file, whose subvolumes can be mounted. */
export class BtrfsVolume implements Disposable {
  readonly #mounted: string[] = [];
  readonly #device: string;

  constructor(image: string, sizeMiB: number) {
    system("truncate", "-s", `${sizeMiB}M`, image);
    system("mkfs.btrfs", "--quiet", image);
    this.#device = system("losetup", "--find", "--show", image);
  }

  /** Mounts a subvolume by its path in the file system at a directory that is made for it. */
  mount(directory: string, subvolume = "/"): string {
    mkdirSync(directory);
    system("mount", "-t", "btrfs", "-o", `subvol=${subvolume}`, this.#device, directory);
    this.#mounted.push(directory);
    return directory;
  }

  /** Paths of all subvolumes in the file system. */
  subvolumes(): string[] {
    const listed = system("btrfs", "subvolume", "list", this.#mounted[0] ?? "");
    return listed.split("\n").flatMap((line) => / path (.+)$/.exec(line)?.[1] ?? []);
  }

  [Symbol.dispose](): void {
    for (const directory of this.#mounted.reverse()) spawnSync("umount", [directory]);
    spawnSync("losetup", ["--detach", this.#device]);
  }
}
