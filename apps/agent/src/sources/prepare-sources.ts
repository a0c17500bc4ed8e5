import { statSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { errnoOf } from "../tree/note.ts";
import { nodeAt, type RootNode, realPathOf } from "../tree/roots.ts";
import { commandsDirectory, type Source } from "./source.ts";
import { type CommandOutput, supplyCommands } from "./supply-command.ts";
import { supplyDevice } from "./supply-device.ts";
import { VolumeReach, type VolumeReachInput } from "./volume-reach.ts";

export interface PrepareInput extends VolumeReachInput {
  readonly sources: readonly Source[];
}

/**
 * The tree of what is to be saved. Takes a snapshot of each volume first, where it can and may.
 * @throws not_found `source.missing`, forbidden `source.unreadable`, unavailable `source.no_snapshot`, invalid `agent.usage`.
 */
export async function prepareSources(input: PrepareInput): Promise<RootNode> {
  const top: RootNode = { name: Buffer.alloc(0), whole: false, children: new Map() };
  const commands: CommandOutput[] = [];
  const volumes = new VolumeReach(input);
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
      const snapshot = await volumes.ofDevice(text, source.path);
      node.supply = supplyDevice(text, snapshot?.reach ?? text);
    } else await volumes.place(top, text);
  }
  if (commands.length > 0) {
    if (holds(`/${commandsDirectory}`)) throw usage(`/${commandsDirectory} exists on this machine: its name is needed`);
    nodeAt(top, Buffer.from(`/${commandsDirectory}`)).supply = supplyCommands(commands);
  }
  return top;
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
