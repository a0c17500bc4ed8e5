import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { agentProgram } from "../../apps/agent/src/testing/agent-process.ts";

export interface AgentEnd {
  /** null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Highest resident memory seen, MiB; 0 where /proc does not tell. */
  readonly peakMib: number;
}

export interface AgentRun {
  readonly child: ChildProcess;
  readonly end: Promise<AgentEnd>;
}

/** As whoever installs the agent starts it. */
const installedFlags = ["--max-semi-space-size=8"];

/** The agent's program with a home of its own. */
export class Agent {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  async start(...args: readonly string[]): Promise<AgentRun> {
    const child = await this.#spawn(args, "pipe");
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (text) => (stdout += text));
    child.stderr?.on("data", (text) => (stderr += text));
    const end = endOf(child).then((ended) => ({ ...ended, stdout, stderr }));
    return { child, end };
  }

  /** For what it writes to standard output, which the caller reads; what it says besides goes where ours does. */
  async stream(...args: readonly string[]): Promise<AgentRun> {
    const child = await this.#spawn(args, "inherit");
    return { child, end: endOf(child).then((ended) => ({ ...ended, stdout: "", stderr: "" })) };
  }

  async run(...args: readonly string[]): Promise<AgentEnd> {
    return (await this.start(...args)).end;
  }

  /** What a command prints as JSON. @throws Error when it fails. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    if (code !== 0) throw new Error(`agent ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as T;
  }

  async #spawn(args: readonly string[], said: "pipe" | "inherit"): Promise<ChildProcess> {
    const program = await agentProgram();
    return spawn(process.execPath, [...installedFlags, program.file, ...args], {
      env: {
        ...program.env,
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        CASAFORTE_AGENT_HOME: this.#home,
        CASAFORTE_PASSWORD: "correct horse battery",
      },
      stdio: ["ignore", "pipe", said],
    });
  }
}

/** How it ends, and its highest memory until then. */
function endOf(child: ChildProcess): Promise<Pick<AgentEnd, "code" | "peakMib">> {
  let peakMib = 0;
  const look = setInterval(() => (peakMib = Math.max(peakMib, peakOf(child.pid ?? 0))), 200);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(look);
      resolve({ code, peakMib });
    });
  });
}

/** Highest resident memory of a process so far, MiB; 0 where /proc does not tell. */
export function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
