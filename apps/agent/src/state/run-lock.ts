import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { errnoOf } from "../tree/note.ts";
import type { AgentHome } from "./home.ts";

/**
 * One backup at a time per agent. The lock names its process and that process's start, so a lock left by a crash or by
 * a reboot is taken over at once and never blocks a machine for weeks.
 * @throws locked `agent.running`, over_quota `agent.state_full`.
 */
export function takeRunLock(home: AgentHome, name = "run.lock"): Disposable {
  home.create();
  const path = home.path(name);
  const mine = `${process.pid} ${startOf(process.pid)}`;
  for (let attempt = 0; ; attempt++) {
    try {
      const fd = openSync(path, "wx", 0o600);
      writeSync(fd, mine);
      closeSync(fd);
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (errnoOf(error) !== "EEXIST" || attempt > 3) throw home.unlessFull(error);
    }
    const [pid, start] = readHolder(path);
    if (pid !== null && startOf(pid) === start) {
      throw new Failure("locked", "agent.running", `another run of the agent (process ${pid}) is at work`);
    }
    rmSync(path, { force: true });
  }
}

function readHolder(path: string): [number | null, string] {
  try {
    const [pid, start] = readFileSync(path, "utf8").split(" ");
    return pid && start ? [Number(pid), start] : [null, ""];
  } catch {
    return [null, ""];
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
