import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface AgentRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface AgentOptions {
  readonly home: string;
  readonly password?: string | null;
  readonly newPassword?: string;
  /** Sees the process while it runs. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

/** Runs the agent's program as a process of its own, as a customer would. */
export function runAgent(args: readonly string[], options: AgentOptions): Promise<AgentRun> {
  const startedMs = Date.now();
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    CASAFORTE_AGENT_HOME: options.home,
  };
  if (typeof options.password === "string") env["CASAFORTE_PASSWORD"] = options.password;
  if (options.newPassword !== undefined) env["CASAFORTE_NEW_PASSWORD"] = options.newPassword;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr, ms: Date.now() - startedMs }));
    options.onSpawn?.(child);
  });
}
