import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import type { AgentHome } from "../state/home.ts";
import { type Mount, readMounts } from "./mounts.ts";
import type { RunProgram } from "./run-program.ts";

/** What a run leaves behind when it is killed, so that the next one can take it away. */
export type SnapshotRecord =
  | { readonly kind: "btrfs"; readonly subvolume: string }
  | { readonly kind: "lvm"; readonly volume: string; readonly directory: string | null };

export interface Snapshot {
  readonly record: SnapshotRecord;
  /** A directory that shows the mounted file system as it was, or for a device the device to read. */
  readonly reach: string;
  /** Subvolumes right in this one, by their paths in the file system: it shows them as empty directories. */
  readonly nested: readonly string[];
}

/**
 * Takes snapshots with the system's own programs: btrfs subvolumes and LVM volumes. Each is written down in the agent's
 * state before it is made. Not tried on real LVM and btrfs volumes by the tests, which put programs of their own on PATH.
 */
export class Snapshots implements AsyncDisposable {
  readonly #home: AgentHome;
  readonly #run: RunProgram;
  readonly #records: SnapshotRecord[];

  constructor(home: AgentHome, run: RunProgram) {
    this.#home = home;
    this.#run = run;
    this.#records = home.readJson<SnapshotRecord[]>(recordFile) ?? [];
  }

  /** Of the file system a directory lies on. Null when it is of a kind that has none. @throws unavailable `agent.program`. */
  async ofMount(mount: Mount): Promise<Snapshot | null> {
    if (mount.type === "btrfs") return this.#btrfs(mount);
    const volume = await this.#logicalVolume(mount.source);
    if (volume === null) return null;
    const device = await this.#lvm(volume);
    const directory = this.#home.path(`snapshot-${process.pid}-${this.#records.length}`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const record = { kind: "lvm", volume: device.name, directory } as const;
    this.#replaceLast(record);
    // An XFS knows its own id and refuses to be mounted twice; a journal is not replayed into a read-only snapshot.
    const options = mount.type === "xfs" ? "ro,nouuid,norecovery" : mount.type.startsWith("ext") ? "ro,noload" : "ro";
    await this.#run("mount", ["-t", mount.type, "-o", options, device.path, directory]);
    return { record, reach: directory, nested: [] };
  }

  /** Of a block device. Null when it is no logical volume. @throws unavailable `agent.program`. */
  async ofDevice(path: string): Promise<Snapshot | null> {
    const volume = await this.#logicalVolume(path);
    if (volume === null) return null;
    const device = await this.#lvm(volume);
    return { record: { kind: "lvm", volume: device.name, directory: null }, reach: device.path, nested: [] };
  }

  /** Takes away what former runs and this one left. What cannot be taken away stays written down. */
  async release(): Promise<readonly string[]> {
    const troubles: string[] = [];
    for (const record of [...this.#records].reverse()) {
      try {
        await this.#take(record);
        this.#records.splice(this.#records.indexOf(record), 1);
      } catch (error) {
        troubles.push(error instanceof Error ? error.message : String(error));
      }
    }
    this.#save();
    return troubles;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #btrfs(mount: Mount): Promise<Snapshot> {
    const nested = await this.#subvolumesIn(mount);
    const subvolume = join(mount.mountPoint, `.casaforte-snapshot-${process.pid}-${this.#records.length}`);
    const record = { kind: "btrfs", subvolume } as const;
    this.#remember(record);
    await this.#run("btrfs", ["subvolume", "snapshot", "-r", mount.mountPoint, subvolume]);
    return { record, reach: subvolume, nested };
  }

  /** `ID 258 gen 9 top level 256 path root/var/lib/machines`: with -o those right in it. */
  async #subvolumesIn(mount: Mount): Promise<readonly string[]> {
    const output = await this.#run("btrfs", ["subvolume", "list", "-o", mount.mountPoint]);
    const paths = output.split("\n").flatMap((line) => / path (.+)$/.exec(line)?.[1] ?? []);
    return paths.map((path) => `/${path}`).filter((path) => !isOurs(path));
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
    if (record.kind === "btrfs") {
      if (!isOurs(record.subvolume)) throw strange();
      await this.#run("btrfs", ["subvolume", "delete", record.subvolume]);
      return;
    }
    if (!/^[^/]+\/casaforte_[^/]+$/.test(record.volume)) throw strange();
    if (record.directory !== null) {
      const isMounted = () => readMounts().some(({ mountPoint }) => mountPoint === record.directory);
      // A service's mounts end with it, whatever it left written down.
      await this.#run("umount", [record.directory]).catch((error: unknown) => {
        if (isMounted()) throw error;
      });
      rmdirSync(record.directory);
    }
    await this.#run("lvremove", ["--yes", record.volume]);
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

const isOurs = (subvolume: string): boolean => /\/\.casaforte-snapshot-\d+-\d+$/.test(subvolume);

/** Only what the agent made itself is ever taken away. */
const strange = (): Failure => new Failure("invalid", "agent.state", "snapshots.json names something else");
