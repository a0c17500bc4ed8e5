import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { systemRandom } from "../outside.ts";
import { errnoOf } from "../tree/note.ts";
import type { AgentHome } from "./home.ts";

const triesMax = 4;

/**
 * One backup at a time per agent. The lock names its process and that process's start, so a lock left by a crash or by
 * a reboot is taken over at once and never blocks a machine for weeks.
 * @throws locked `agent.running`, over_quota `agent.state_full`.
 */
export function takeRunLock(home: AgentHome, name = "run.lock"): Disposable {
  home.create();
  const path = home.path(name);
  const mine = `${process.pid} ${startOf(process.pid)}`;
  // Written before it has the lock's name: who finds a lock finds its holder.
  const beside = `${path}.${process.pid}-${Buffer.from(systemRandom.bytes(6)).toString("hex")}`;
  try {
    write(beside, mine);
    for (let tries = 1; !take(beside, path); tries++) {
      const held = read(path);
      const [pid = "", start = ""] = held?.split(" ") ?? [];
      if (start !== "" && startOf(Number(pid)) === start)
        throw new Failure("locked", "agent.running", `another run of the agent (process ${pid}) is at work`);
      if (tries >= triesMax) throw new Failure("locked", "agent.running", "other runs of the agent begin just now");
      if (held !== null) removeStale(path, `${beside}.stale`, held);
    }
  } catch (error) {
    throw home.unlessFull(error);
  } finally {
    rmSync(beside, { force: true });
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

function write(path: string, text: string): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** False when somebody has it. */
function take(beside: string, path: string): boolean {
  try {
    linkSync(beside, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test(errnoOf(error))) throw error;
  }
  // A file system without links, as on a stick: there a lock is for a moment without its holder.
  try {
    write(path, read(beside) ?? "");
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Of a holder that is gone. What somebody took meanwhile is put back. */
function removeStale(path: string, aside: string, stale: string): void {
  try {
    renameSync(path, aside);
    if (read(aside) !== stale) take(aside, path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Clock ticks since boot at which a process started (proc(5), field 22); `gone` when there is none. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "gone";
  } catch {
    return "gone";
  }
}
