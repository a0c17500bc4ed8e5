import { type ChildProcess, spawn } from "node:child_process";
import { repository } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";

export interface DemoOptions {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** Holds a channel to it, as `npm start` does. */
  readonly channel?: boolean;
  /** Another checkout than this one. */
  readonly checkout?: string;
}

/** One start of the product with everything it prints, for tests of starting and stopping. */
export class DemoProcess {
  readonly child: ChildProcess;
  output = "";
  /** Exit code; null while it runs, -1 after a signal. */
  code: number | null = null;

  constructor(options: DemoOptions) {
    const { uid, gid, checkout = repository } = options;
    this.child = spawn(
      process.execPath.replace(repository, `${checkout}/`),
      ["apps/server/src/main.ts", "demo", ...options.args],
      {
        cwd: checkout,
        stdio: ["ignore", "pipe", "pipe", ...(options.channel ? ["ipc" as const] : [])],
        env: { ...process.env, ...options.env },
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
      },
    );
    this.child.stdout?.on("data", (chunk) => (this.output += chunk));
    this.child.stderr?.on("data", (chunk) => (this.output += chunk));
    // Not "close": it never comes when it was the parent that closed the channel.
    const { stdout, stderr } = this.child;
    let code = -1;
    let awaited = 3;
    const last = () => {
      if (--awaited === 0) this.code = code;
    };
    stdout?.on("end", last);
    stderr?.on("end", last);
    this.child.on("exit", (status) => {
      code = status ?? -1;
      last();
    });
  }

  /** Resolves when it is ready. @throws Error with the output when it ends instead. */
  async ready(): Promise<void> {
    await until(
      "the product",
      () => {
        if (this.code !== null) throw new Error(`the product ended with ${this.code}: ${this.output}`);
        return this.output.includes("Stop with Ctrl-C.");
      },
      { withinMs: 110_000 },
    );
  }

  /** Resolves with the exit code. */
  async ended(withinMs = 60_000): Promise<number> {
    await until("the end of the product", () => this.code !== null, { withinMs });
    return this.code ?? -1;
  }

  async end(signal: NodeJS.Signals): Promise<number> {
    if (this.code === null) this.child.kill(signal);
    return this.ended();
  }
}
