import { lstatSync, mkdirSync, rmdirSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { z } from "zod";
import { subvolumeListBytesMax } from "../limits.ts";
import type { AgentHome, Shape } from "../state/home.ts";
import type { OnNote } from "../tree/note.ts";
import { isAloneWritable, isSnapshotDirectoryName, snapshotDirectoryName } from "../tree/snapshot-directory.ts";
import { type Mount, readMounts } from "./mounts.ts";
import type { RunProgram } from "./run-program.ts";

/** What a run leaves behind when it is killed, so that the next one can take it away. */
export type SnapshotRecord =
  /** `id` is the subvolume's, null until it was made; `mountPoint` is one of its file system. */
  | { readonly kind: "btrfs"; readonly directory: string; readonly mountPoint: string; readonly id: string | null }
  /** Of earlier versions, which made it right in the subvolume that it is of, whoever owned that. */
  | { readonly kind: "btrfs"; readonly subvolume: string }
  | { readonly kind: "lvm"; readonly volume: string; readonly directory: string | null };

const recordsShape: Shape<SnapshotRecord[]> = z.array(
  z.union([
    z.object({ kind: z.literal("btrfs"), directory: z.string(), mountPoint: z.string(), id: z.string().nullable() }),
    z.object({ kind: z.literal("btrfs"), subvolume: z.string() }),
    z.object({ kind: z.literal("lvm"), volume: z.string(), directory: z.string().nullable() }),
  ]),
);

export interface Snapshot {
  readonly record: SnapshotRecord;
  /** A directory that shows the mounted file system as it was, or for a device the device to read. */
  readonly reach: string;
  /** Subvolumes right in this one, by their paths in the file system: it shows them as empty directories. */
  readonly nested: readonly string[];
}

/**
 * Takes snapshots with the system's own programs: btrfs subvolumes and LVM volumes. Each is written down in the agent's
 * state before it is made. Of LVM the tests put programs of their own on PATH; it was not tried on real volumes.
 */
export class Snapshots implements AsyncDisposable {
  readonly #home: AgentHome;
  readonly #run: RunProgram;
  readonly #onNote: OnNote;
  readonly #records: SnapshotRecord[];
  /** Told once, though what cannot be taken away at the beginning of a run mostly cannot at its end. */
  readonly #troubles = new Set<string>();

  constructor(home: AgentHome, run: RunProgram, onNote: OnNote) {
    this.#home = home;
    this.#run = run;
    this.#onNote = onNote;
    this.#records = home.readKept(recordFile, recordsShape, () => this.#putAside()) ?? [];
  }

  /**
   * Of the file system a directory lies on, which may be mounted at other places too. Null when it is of a kind that has
   * none. @throws unavailable `agent.program`, unavailable `source.no_snapshot` where btrfs has no safe place for one.
   */
  async ofMount(mount: Mount, mounts: readonly Mount[]): Promise<Snapshot | null> {
    if (mount.type === "btrfs") return this.#btrfs(mount, mounts);
    const options = volumeOptions.get(mount.type);
    if (options === undefined) return null;
    const volume = await this.#logicalVolume(mount.source);
    if (volume === null) return null;
    const device = await this.#lvm(volume);
    const directory = this.#home.path(`snapshot-${process.pid}-${this.#records.length}`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const record = { kind: "lvm", volume: device.name, directory } as const;
    this.#replaceLast(record);
    await this.#run("mount", ["--internal-only", "-t", mount.type, "-o", options, device.path, directory]);
    return { record, reach: directory, nested: [] };
  }

  /** Of a block device. Null when it is no logical volume. @throws unavailable `agent.program`. */
  async ofDevice(path: string): Promise<Snapshot | null> {
    const volume = await this.#logicalVolume(path);
    if (volume === null) return null;
    const device = await this.#lvm(volume);
    return { record: { kind: "lvm", volume: device.name, directory: null }, reach: device.path, nested: [] };
  }

  /** Takes away what former runs and this one left. What cannot be taken away stays written down, and is told. */
  async release(): Promise<void> {
    for (const record of [...this.#records].reverse()) {
      try {
        await this.#take(record);
        this.#records.splice(this.#records.indexOf(record), 1);
      } catch (error) {
        this.#tell(nameOf(record), error instanceof Error ? error.message : String(error));
      }
    }
    this.#save();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** A subvolume may be anybody's: what is made and deleted lies where only the agent can have put it. */
  async #btrfs(mount: Mount, mounts: readonly Mount[]): Promise<Snapshot> {
    const { mountPoint } = placeFor(mount, mounts);
    const nested = await this.#subvolumesIn(mount);
    const directory = join(mountPoint, snapshotDirectoryName());
    const record = { kind: "btrfs", directory, mountPoint, id: null } as const;
    this.#remember(record);
    mkdirSync(directory, { mode: 0o700 });
    const subvolume = join(directory, subvolumeName);
    await this.#run("btrfs", ["subvolume", "snapshot", "-r", mount.mountPoint, subvolume]);
    const made = { ...record, id: await this.#idOf(subvolume) };
    this.#replaceLast(made);
    return { record: made, reach: subvolume, nested };
  }

  async #idOf(subvolume: string): Promise<string> {
    const id = (await this.#run("btrfs", ["inspect-internal", "rootid", subvolume])).trim();
    if (!/^\d+$/.test(id)) throw new Failure("unavailable", "agent.program", `btrfs: ${subvolume} has no id`);
    return id;
  }

  /** `ID 258 gen 9 top level 256 path root/var/lib/machines`: with -o those right in it. */
  async #subvolumesIn(mount: Mount): Promise<readonly string[]> {
    const output = await this.#run("btrfs", ["subvolume", "list", "-o", mount.mountPoint], subvolumeListBytesMax);
    const paths = output.split("\n").flatMap((line) => / path (.+)$/.exec(line)?.[1] ?? []);
    const own = this.#records.flatMap((record) => ("mountPoint" in record ? `/${basename(record.directory)}/` : []));
    return paths.map((path) => `/${path}`).filter((path) => !own.some((name) => path.includes(name)));
  }

  /** `vg/lv` and whether it is thin, or null when the device is no logical volume or LVM is not installed. */
  async #logicalVolume(device: string): Promise<{ group: string; name: string; thin: boolean } | null> {
    if (!device.startsWith("/dev/")) return null;
    const columns = "vg_name,lv_name,segtype";
    const output = await this.#run("lvs", ["--noheadings", "--separator", "|", "-o", columns, device]).catch(() => "");
    const [group, name, kind] = output.trim().split("|");
    return group && name ? { group, name, thin: kind === "thin" } : null;
  }

  async #lvm(volume: { group: string; name: string; thin: boolean }): Promise<{ name: string; path: string }> {
    const snapshot = `casaforte_${volume.name}_${process.pid}_${this.#records.length}`;
    const name = `${volume.group}/${snapshot}`;
    this.#remember({ kind: "lvm", volume: name, directory: null });
    // A thick snapshot needs room for what is written meanwhile; a thin one takes it from its pool.
    const room = volume.thin ? ["--setactivationskip", "n"] : ["--permission", "r", "--extents", "10%ORIGIN"];
    await this.#run("lvcreate", ["--snapshot", ...room, "--name", snapshot, `${volume.group}/${volume.name}`]);
    return { name, path: `/dev/${volume.group}/${snapshot}` };
  }

  async #take(record: SnapshotRecord): Promise<void> {
    if ("mountPoint" in record) return this.#takeSubvolume(record);
    if (record.kind === "btrfs") return this.#takeEarlier(record.subvolume);
    if (!/^[^/]+\/casaforte_[^/]+$/.test(record.volume)) throw strange();
    if (record.directory !== null) {
      const isMounted = () => readMounts().some(({ mountPoint }) => mountPoint === record.directory);
      // A service's mounts end with it, whatever it left written down.
      await this.#run("umount", [record.directory]).catch((error: unknown) => {
        if (isMounted()) throw error;
      });
      // A run that went no further took it away already.
      if (look(record.directory) !== null) rmdirSync(record.directory);
    }
    await this.#run("lvremove", ["--yes", record.volume]).catch(async (error: unknown) => {
      // One that could not be made in a full group is nothing to remove.
      if (await this.#isThere(record.volume)) throw error;
    });
  }

  async #isThere(volume: string): Promise<boolean> {
    const [group = ""] = volume.split("/");
    const columns = ["--noheadings", "--separator", "/", "-o", "vg_name,lv_name", group];
    const listed = await this.#run("lvs", columns).catch(() => volume);
    return listed.split("\n").some((line) => line.trim() === volume);
  }

  async #takeSubvolume({ directory, mountPoint, id }: Extract<SnapshotRecord, { mountPoint: string }>): Promise<void> {
    if (!isSnapshotDirectoryName(basename(directory)) || dirname(directory) !== mountPoint) throw strange();
    if (look(directory) === null) {
      if (readMounts().some((mount) => mount.mountPoint === mountPoint && mount.type === "btrfs")) return;
      throw new Failure("unavailable", "agent.state", `nothing of btrfs is mounted at ${mountPoint}`);
    }
    if (!isAloneWritable(directory)) throw others(directory);
    const subvolume = join(directory, subvolumeName);
    if (look(subvolume) !== null) {
      const made = id ?? (await this.#idOf(subvolume));
      await this.#run("btrfs", ["subvolume", "delete", "--subvolid", made, mountPoint]);
    }
    rmdirSync(directory);
  }

  async #takeEarlier(subvolume: string): Promise<void> {
    if (!/\/\.casaforte-snapshot-\d+-\d+$/.test(subvolume)) throw strange();
    const stats = look(subvolume);
    if (stats === null) return;
    if (!stats.isDirectory() || !isAloneWritable(dirname(subvolume))) throw others(subvolume);
    await this.#run("btrfs", ["subvolume", "delete", subvolume]);
  }

  /** Backups go on; what may still be told from the damaged list is the administrator's to read. */
  #putAside(): void {
    const aside = `${recordFile}.damaged`;
    this.#home.rename(recordFile, aside);
    const message =
      "damaged and put aside: snapshots that earlier runs left are forgotten, look for .casaforte-snapshot-* and casaforte_* by hand";
    this.#onNote({ level: "told", code: "state_damaged", path: Buffer.from(this.#home.path(aside)), message });
  }

  #tell(name: string, trouble: string): void {
    const message = `a snapshot could not be taken away: ${trouble}`;
    if (this.#troubles.has(`${name} ${message}`)) return;
    this.#troubles.add(`${name} ${message}`);
    this.#onNote({ level: "told", code: "snapshot_left", path: Buffer.from(name), message });
  }

  #remember(record: SnapshotRecord): void {
    this.#records.push(record);
    this.#save();
  }

  #replaceLast(record: SnapshotRecord): void {
    this.#records[this.#records.length - 1] = record;
    this.#save();
  }

  #save(): void {
    if (this.#records.length === 0) this.#home.remove(recordFile);
    else this.#home.writeJson(recordFile, this.#records);
  }
}

const recordFile = "snapshots.json";
/** Of a snapshot in the directory that is made for it. */
const subvolumeName = "volume";

/**
 * How a volume's snapshot is mounted: only what the kernel knows by these names, since a file system may bear any other. An
 * XFS knows its own id and refuses to be mounted twice; a journal is not replayed into a read-only snapshot.
 */
const volumeOptions: ReadonlyMap<string, string> = new Map([
  ["ext2", "ro"],
  ["ext3", "ro,noload"],
  ["ext4", "ro,noload"],
  ["xfs", "ro,nouuid,norecovery"],
]);

/** Whether a file system of this type may be a logical volume of which a snapshot can be mounted. */
export const isVolumeType = (type: string): boolean => volumeOptions.has(type);

/** Where a snapshot may lie: it need not be in the subvolume that it is of. Never in one that is only met in another. */
function placeFor(mount: Mount, mounts: readonly Mount[]): Mount {
  const all = mounts.filter(({ type, device }) => type === "btrfs" && device === mount.device);
  const own = all.filter(({ mountPoint }) => mountPoint === mount.mountPoint);
  const place = [...own, ...all].find(({ mountPoint }) => isAloneWritable(mountPoint));
  if (place !== undefined) return place;
  throw new Failure("unavailable", "source.no_snapshot", "it is mounted nowhere that root alone may write");
}

/** What is there, links not followed; null when there is nothing. */
function look(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

const nameOf = (record: SnapshotRecord): string => {
  if (record.kind === "lvm") return `/dev/${record.volume}`;
  return "subvolume" in record ? record.subvolume : record.directory;
};

const others = (path: string): Failure =>
  new Failure("forbidden", "agent.state", `${path} lies where others than root may write: take it away by hand`);

/** Only what the agent made itself is ever taken away. */
const strange = (): Failure => new Failure("invalid", "agent.state", "snapshots.json names something else");
