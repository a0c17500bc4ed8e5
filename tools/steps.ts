import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

export interface Step {
  readonly name: string;
  run(): Promise<void>;
}

/** A program of the repository or the system, its output shown as it comes. @throws Error when it does not end with 0. */
export function program(
  command: string,
  args: readonly string[],
  options: { readonly quiet?: boolean; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      stdio: ["ignore", options.quiet ? "pipe" : "inherit", options.quiet ? "pipe" : "inherit"],
      env: { ...process.env, ...options.env },
    });
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ${args.join(" ")} ended with ${code}\n${output}`)),
    );
  });
}

/** A script of a package in node_modules under this same Node. */
export const script = (path: string, args: readonly string[], options = {}) =>
  program(process.execPath, [path, ...args], options);

/** Runs steps in order, tells how long each took, stops at the first that fails. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const started = Date.now();
    console.log(`── ${step.name}`);
    try {
      await step.run();
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      console.error(`✗ ${step.name} failed after ${((Date.now() - started) / 1000).toFixed(1)} s`);
      process.exit(1);
    }
    console.log(`✓ ${step.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
}

/** A check that returns findings; any finding fails the step. */
export function findings(name: string, check: () => readonly string[]): Step {
  return {
    name,
    async run() {
      const found = check();
      if (found.length > 0) throw new Error(found.join("\n"));
    },
  };
}
