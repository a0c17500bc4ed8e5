import { dirname, join } from "node:path";
import { Failure } from "@casaforte/kernel";
import type { OnNote } from "../tree/note.ts";
import { isPseudoType } from "../tree/pseudo-file-systems.ts";
import { nodeAt, type RootNode } from "../tree/roots.ts";
import { type Fate, ScanFilter, type ScanRules } from "../tree/scan-filter.ts";
import { isUnder, type Mount, mountOf, readMounts } from "./mounts.ts";
import { isVolumeType, type Snapshot, type Snapshots } from "./snapshot.ts";
import type { SnapshotChoice } from "./source.ts";

export interface VolumeReachInput {
  readonly snapshot: SnapshotChoice;
  readonly snapshots: Snapshots;
  readonly onNote: OnNote;
  /** What is left out under the sources: no snapshot is taken of it. */
  readonly rules?: readonly ScanRules[] | undefined;
  /** Directories that are never read: the agent's own state. */
  readonly skip?: readonly string[];
  /** As in mountinfo of proc(5); this machine's when absent. */
  readonly mountInfo?: string | undefined;
}

/**
 * Says of each volume where it is read: in a snapshot of it, or as it is. A snapshot shows nothing of what is mounted in its
 * volume and nothing of btrfs's subvolumes in it: each of those gets a node and a reach of its own.
 */
export class VolumeReach {
  readonly #input: VolumeReachInput;
  readonly #mounts: readonly Mount[];
  readonly #filter: ScanFilter;
  /** One snapshot serves all that is read of a volume, so that it is of one moment. */
  readonly #taken = new Map<string, Snapshot | null>();

  constructor(input: VolumeReachInput) {
    this.#input = input;
    this.#mounts = input.snapshot === "never" ? [] : readMounts(input.mountInfo);
    this.#filter = new ScanFilter(input.rules ?? [], () => undefined);
  }

  /** The nodes of a file or directory and of every volume in it. @throws unavailable `source.no_snapshot`. */
  async place(top: RootNode, path: string): Promise<void> {
    let mount = mountOf(path, this.#mounts);
    if (mount === null) return;
    let snapshot = await this.#snapshotOf(mount, path);
    // The path itself may lie in a subvolume that is not mounted.
    for (let inner: Mount | undefined; ; mount = inner) {
      inner = this.#subvolumesOf(mount, snapshot).find(({ mountPoint }) => isUnder(path, mountPoint));
      if (inner === undefined) break;
      snapshot = await this.#snapshotOf(inner, path);
    }
    if (snapshot !== null) nodeAt(top, Buffer.from(path)).reach = reachIn(snapshot, mount, path);
    const nested = [...this.#mounts, ...this.#subvolumesOf(mount, snapshot)].filter(
      ({ mountPoint }) => mountPoint !== path && isUnder(mountPoint, path),
    );
    for (;;) {
      // Outer ones first: what is left out takes with it all that is in it.
      const next = nested.sort((a, b) => a.mountPoint.length - b.mountPoint.length).shift();
      if (next === undefined) return;
      nested.push(...this.#subvolumesOf(next, await this.#placeNested(top, next, path)));
    }
  }

  /** Of a block device. Null when it is read as it is. @throws unavailable `source.no_snapshot`. */
  ofDevice(device: string, path: string): Promise<Snapshot | null> {
    return this.#maybe(path, () => this.#input.snapshots.ofDevice(device));
  }

  async #placeNested(top: RootNode, mount: Mount, source: string): Promise<Snapshot | null> {
    const { mountPoint } = mount;
    if (this.#input.skip?.some((directory) => isUnder(mountPoint, directory)) === true) return null;
    const fate = this.#fateOf(mountPoint, source);
    if (fate === "leave_out") return null;
    const node = nodeAt(top, Buffer.from(mountPoint));
    node.reach ??= Buffer.from(mountPoint);
    if (fate === "empty" || isPseudoType(mount.type)) return null;
    const snapshot = await this.#snapshotOf(mount, mountPoint);
    if (snapshot !== null) node.reach = reachIn(snapshot, mount, mountPoint);
    return snapshot;
  }

  /** What the rules say of a volume in a source; of one in a directory that is not kept, that it is left out. */
  #fateOf(mountPoint: string, source: string): Fate {
    const ask = (path: string, isOtherFileSystem: boolean): Fate => {
      const bytes = Buffer.from(path);
      return this.#filter.fateOf({ shown: bytes, path: bytes, isDirectory: true, isOtherFileSystem });
    };
    for (let above = dirname(mountPoint); above !== source && isUnder(above, source); above = dirname(above)) {
      if (
        ask(
          above,
          this.#mounts.some((mount) => mount.mountPoint === above),
        ) !== "keep"
      )
        return "leave_out";
    }
    return ask(mountPoint, true);
  }

  /** What a snapshot of a volume shows empty, but for subvolumes that something is mounted over. */
  #subvolumesOf(mount: Mount, snapshot: Snapshot | null): readonly Mount[] {
    const above = mount.root === "/" ? "/" : `${mount.root}/`;
    const inside = snapshot?.nested.filter((root) => root.startsWith(above)) ?? [];
    const all = inside.map((root) => ({
      ...mount,
      root,
      mountPoint: join(mount.mountPoint, root.slice(above.length)),
    }));
    return all.filter(({ mountPoint }) => {
      // Names are whatever their makers chose, more lines of the list among them.
      if (!isUnder(mountPoint, mount.mountPoint)) return false;
      const reached = mountOf(mountPoint, this.#mounts);
      return reached !== null && isUnder(mount.mountPoint, reached.mountPoint);
    });
  }

  async #snapshotOf(mount: Mount, path: string): Promise<Snapshot | null> {
    const key = volumeOf(mount);
    let snapshot = this.#taken.get(key);
    if (snapshot === undefined) {
      snapshot = await this.#maybe(path, () => this.#input.snapshots.ofMount(mount, this.#mounts));
      this.#taken.set(key, snapshot);
    }
    return snapshot;
  }

  /** A snapshot, or a clear word that there is none. */
  async #maybe(path: string, take: () => Promise<Snapshot | null>): Promise<Snapshot | null> {
    const { snapshot, onNote } = this.#input;
    if (snapshot === "never") return null;
    let why = "its volume takes no snapshots";
    try {
      const taken = await take();
      if (taken !== null) return taken;
    } catch (error) {
      why = `no snapshot could be taken: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (snapshot === "require") throw new Failure("unavailable", "source.no_snapshot", `${path}: ${why}`);
    const message = `read while it is in use, ${why}`;
    onNote({ level: "told", code: "no_snapshot", path: Buffer.from(path), message });
    return null;
  }
}

/**
 * Mounts of one volume have one name: its device, with a subvolume's path in the file system. The kernel gives it; whoever
 * mounts something through FUSE can give it any source, so that every other mount stands for itself.
 */
const volumeOf = ({ type, device, root, mountPoint }: Mount): string => {
  if (type === "btrfs") return `${device} ${root}`;
  return isVolumeType(type) ? device : mountPoint;
};

function reachIn({ record, reach }: Snapshot, mount: Mount, path: string): Buffer {
  const inside = mount.mountPoint === "/" ? path : path.slice(mount.mountPoint.length);
  // A bind mount shows a directory of the volume, not the whole of it.
  const root = record.kind === "lvm" && mount.root !== "/" ? mount.root : "";
  return Buffer.from(`${reach}${root}${inside === "/" ? "" : inside}`);
}
