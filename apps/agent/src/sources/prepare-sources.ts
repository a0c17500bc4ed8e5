import { statSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { errnoOf, type OnNote } from "../tree/note.ts";
import { nodeAt, type RootNode, realPathOf } from "../tree/roots.ts";
import { mountOf } from "./mounts.ts";
import type { Snapshot, Snapshots } from "./snapshot.ts";
import { commandsDirectory, type SnapshotChoice, type Source } from "./source.ts";
import { type CommandOutput, supplyCommands } from "./supply-command.ts";
import { supplyDevice } from "./supply-device.ts";

export interface PrepareInput {
  readonly sources: readonly Source[];
  readonly snapshot: SnapshotChoice;
  readonly snapshots: Snapshots;
  readonly onNote: OnNote;
  readonly mountInfo?: string;
}

/**
 * The tree of what is to be saved. Takes a snapshot of each volume first, where it can and may.
 * @throws not_found `source.missing`, forbidden `source.unreadable`, unavailable `source.no_snapshot`, invalid `agent.usage`.
 */
export async function prepareSources(input: PrepareInput): Promise<RootNode> {
  const top: RootNode = { name: Buffer.alloc(0), whole: false, children: new Map() };
  const commands: CommandOutput[] = [];
  /** One snapshot serves all roots of a volume, so that they are of one moment. */
  const taken = new Map<string, Snapshot | null>();
  for (const source of input.sources) {
    if (source.kind === "command") {
      if (commands.some(({ name }) => name === source.name)) throw usage(`two commands are named ${source.name}`);
      commands.push(source);
      continue;
    }
    const path = realPathOf(source.path);
    const node = nodeAt(top, path);
    node.whole = true;
    const text = path.toString("utf8");
    if (statSync(path).isBlockDevice()) {
      const snapshot = await maybe(input, source.path, () => input.snapshots.ofDevice(text));
      node.supply = supplyDevice(text, snapshot?.reach ?? text);
    } else if (input.snapshot !== "never") await readFromSnapshot(input, node, text, taken);
  }
  if (commands.length > 0) {
    if (holds(`/${commandsDirectory}`)) throw usage(`/${commandsDirectory} exists on this machine: its name is needed`);
    nodeAt(top, Buffer.from(`/${commandsDirectory}`)).supply = supplyCommands(commands);
  }
  return top;
}

async function readFromSnapshot(
  input: PrepareInput,
  node: RootNode,
  path: string,
  taken: Map<string, Snapshot | null>,
): Promise<void> {
  const mount = mountOf(path, input.mountInfo);
  if (mount === null || !statSync(path).isDirectory()) return;
  let snapshot = taken.get(mount.mountPoint);
  if (snapshot === undefined) {
    snapshot = await maybe(input, path, () => input.snapshots.ofMount(mount));
    taken.set(mount.mountPoint, snapshot);
  }
  if (snapshot === null) return;
  const inside = mount.mountPoint === "/" ? path : path.slice(mount.mountPoint.length);
  // A bind mount shows a directory of the volume, not the whole of it.
  const root = snapshot.record.kind === "lvm" && mount.root !== "/" ? mount.root : "";
  node.reach = Buffer.from(`${snapshot.reach}${root}${inside}`);
}

/** A snapshot, or a clear word that there is none. */
async function maybe(
  { snapshot, onNote }: PrepareInput,
  path: string,
  take: () => Promise<Snapshot | null>,
): Promise<Snapshot | null> {
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

function holds(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return errnoOf(error) !== "ENOENT";
  }
}

const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);
