import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second for programs to read. */
const msPerTick = 10;

interface ProcessTimes {
  readonly parent: number;
  readonly ms: number;
}

function timesOf(pid: number): ProcessTimes | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name may hold anything; fields count from behind it: state, parent, …, user, system, and those of ended children.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ms: ticks * msPerTick };
  } catch {
    return null;
  }
}

/** A process and all below it. */
export function processesBelow(root: number): readonly number[] {
  const times = allTimes();
  return [...times.keys()].filter((pid) => isBelow(times, pid, root));
}

/** Processor time so far of a process and all below it, ended ones included that were waited for. */
export function processorMs(root: number): number {
  const times = allTimes();
  let sum = 0;
  for (const [pid, { ms }] of times) if (isBelow(times, pid, root)) sum += ms;
  return sum;
}

function isBelow(times: ReadonlyMap<number, ProcessTimes>, pid: number, root: number): boolean {
  for (let at = pid; at > 1; at = times.get(at)?.parent ?? 0) if (at === root) return true;
  return false;
}

function allTimes(): ReadonlyMap<number, ProcessTimes> {
  const times = new Map<number, ProcessTimes>();
  for (const name of readdirSync("/proc")) {
    const found = /^\d+$/.test(name) ? timesOf(Number(name)) : null;
    if (found) times.set(Number(name), found);
  }
  return times;
}
