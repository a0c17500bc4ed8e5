import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What one run of a program cost. */
export interface RunFigures {
  readonly seconds: number;
  /** Processor time of the program and all it started. */
  readonly cpuSeconds: number;
  /** Largest resident set of any process it had, in MiB. */
  readonly peakMebibytes: number;
  readonly stdout: string;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly cpuTicks: number;
}

function processes(from: number): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) < from) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      rows.push({ pid: Number(name), parent: Number(fields[1]), cpuTicks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It ended between two looks.
    }
  }
  return rows;
}

/** A process and all that came from it. With `from`, processes of lower numbers are not looked at. */
function familyOf(pid: number, from = 0): ProcessRow[] {
  const rows = processes(from);
  const family = rows.filter((row) => row.pid === pid);
  for (const member of family) family.push(...rows.filter((row) => row.parent === member.pid));
  return family;
}

/** CPU seconds that a process and its children have used; of those that ended, nothing. Linux counts in hundredths. */
export const cpuSecondsOf = (pid: number): number =>
  familyOf(pid).reduce((sum, { cpuTicks }) => sum + cpuTicks / 100, 0);

function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The largest resident set of one process from now on, looked at ten times a second. */
export function watchResident(pid: number): { readonly peakMebibytes: () => number; readonly stop: () => void } {
  let peakMebibytes = 0;
  const look = () => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    peakMebibytes = Math.max(peakMebibytes, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  };
  look();
  const timer = setInterval(look, 100);
  return { peakMebibytes: () => peakMebibytes, stop: () => clearInterval(timer) };
}

/** Processor seconds of all children that ended, with theirs. Linux counts in hundredths. */
function cpuSecondsOfEnded(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Runs a program to its end, no other beside it. @throws Error with its output unless it ends with 0. */
export async function measure(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<RunFigures> {
  const started = performance.now();
  const cpuBefore = cpuSecondsOfEnded();
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  let stdout = "";
  let stderr = "";
  let peakMebibytes = 0;
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  // Who reads every process of the machine ten times a second takes a tenth of a core from what is measured: what a
  // program starts has a higher number than its own, until the numbers begin anew.
  const look = () => {
    const pid = child.pid ?? 0;
    for (const member of familyOf(pid, pid)) peakMebibytes = Math.max(peakMebibytes, peakOf(member.pid));
  };
  const timer = setInterval(look, 100);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
  const cpuSeconds = cpuSecondsOfEnded() - cpuBefore;
  return { seconds: (performance.now() - started) / 1000, cpuSeconds, peakMebibytes, stdout };
}
