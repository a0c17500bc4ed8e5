import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { agentBundle } from "../../build/bundle.mjs";

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
  /** As root: without the right to read what the file's mode forbids. */
  readonly isBoundByModes?: boolean;
  /** Sees the process while it runs. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

let built: Promise<string> | null = null;

/** What starts the agent: the bundle of the sources as they are, and where its compiled code is kept. */
export async function agentProgram(): Promise<{ readonly file: string; readonly env: NodeJS.ProcessEnv }> {
  built ??= agentBundle();
  const file = await built;
  return { file, env: { NODE_COMPILE_CACHE: join(dirname(file), "compiled") } };
}

/** Runs the agent's program as a process of its own, as a customer would. */
export async function runAgent(args: readonly string[], options: AgentOptions): Promise<AgentRun> {
  const program = await agentProgram();
  const startedMs = Date.now();
  const env: NodeJS.ProcessEnv = {
    ...program.env,
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    CASAFORTE_AGENT_HOME: options.home,
  };
  if (typeof options.password === "string") env["CASAFORTE_PASSWORD"] = options.password;
  if (options.newPassword !== undefined) env["CASAFORTE_NEW_PASSWORD"] = options.newPassword;
  return new Promise((resolve, reject) => {
    const bound = options.isBoundByModes === true && process.getuid?.() === 0;
    const rights = "-dac_override,-dac_read_search";
    const before = bound ? ["setpriv", "--inh-caps", rights, "--bounding-set", rights] : [];
    const [command = "", ...rest] = [...before, process.execPath, program.file, ...args];
    const child = spawn(command, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr, ms: Date.now() - startedMs }));
    options.onSpawn?.(child);
  });
}
