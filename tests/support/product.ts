import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { takeFromShelf } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";
import { migrationSources } from "../../apps/server/src/migrations.ts";
import { takeSeededData } from "./seeded-data.test-support.ts";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What `endpoints.json` promises to scripts. */
export interface Endpoints {
  readonly console: string;
  readonly operator: string;
  readonly webmail: string;
  readonly vault: string;
  readonly jmap: string;
  readonly smtp: HostPort;
  readonly lmtp: HostPort;
  readonly submission: HostPort;
  readonly smtps: HostPort;
  readonly imap: HostPort;
  readonly imaps: HostPort;
  readonly pop3: HostPort;
  readonly pop3s: HostPort;
  readonly sieve: HostPort;
  readonly demo: {
    readonly operator: { readonly email: string; readonly password: string };
    readonly customer: { readonly email: string; readonly password: string };
    readonly domain: string;
    readonly mailAccounts: readonly { readonly address: string; readonly password: string }[];
    readonly space: { readonly id: string; readonly name: string };
    readonly enrolmentToken: string;
  };
}

/**
 * The product as a user starts it: `main.ts demo` in a process of its own, on a data directory of its own. Within a run of
 * the tests the program was made into a few files (`bundle-server.ts`), but for the start that seeds.
 */
export class Product {
  readonly directory: string;
  #child: ChildProcess | null = null;
  #output = "";
  #endpoints: Endpoints | null = null;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory: string, environment: NodeJS.ProcessEnv = {}) {
    this.directory = directory;
    this.#environment = environment;
  }

  /**
   * `fresh`: its first start seeds a schema that is there, or nothing with `--no-demo`. `environment`: what it gets beside
   * ours. `parent`: where its data lie, or will; else in a directory of its own.
   */
  static async prepare({
    fresh = false,
    environment = {},
    parent,
  }: {
    readonly fresh?: boolean;
    readonly environment?: NodeJS.ProcessEnv;
    readonly parent?: string;
  } = {}): Promise<Product> {
    const directory = parent ?? (await mkdtemp(join(tmpdir(), "cf-product-")));
    await chmod(directory, 0o711);
    const product = new Product(join(directory, "data"), environment);
    if (existsSync(product.directory)) return product;
    await (fresh ? takeSchema(product.directory) : takeSeededData(product.directory, seed));
    return product;
  }

  get endpoints(): Endpoints {
    if (!this.#endpoints) throw new Error("the product was not started");
    return this.#endpoints;
  }

  /** What it said since its last start. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(...extra: readonly string[]): Promise<Endpoints> {
    const child = spawn(
      process.execPath,
      ["apps/server/src/main.ts", "demo", "--data", this.directory, "--ports", "auto", ...extra],
      // The channel, as `npm start` has it, lets the product end when a test is cut off before it could clean up.
      {
        cwd: repository,
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: { ...process.env, ...this.#environment },
      },
    );
    child.channel?.unref();
    this.#child = child;
    this.#output = "";
    const ready = Promise.withResolvers<void>();
    const listen = (chunk: Buffer) => {
      this.#output += chunk.toString();
      if (this.#output.includes("Casaforte is ready")) ready.resolve();
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.on("exit", (code) => ready.reject(new Error(`the product ended with ${code}\n${this.#output.slice(-4000)}`)));
    await ready.promise;
    this.#endpoints = JSON.parse(await readFile(join(this.directory, "endpoints.json"), "utf8")) as Endpoints;
    return this.#endpoints;
  }

  /** Asks it to stop. Returns its exit code. */
  async stop(): Promise<number> {
    return this.#end("SIGTERM");
  }

  /** Cuts it, as a power failure would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** The signal that ended it last, for messages. */
  get signal(): string {
    return this.#child?.signalCode ?? "none";
  }

  /** Waits until it has ended by itself. Returns its exit code, -1 for a signal. */
  async ended(): Promise<number> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child?.exitCode ?? -1;
  }

  /** Every invariant of the stored data and the separation of tenants, as `casaforte doctor` finds them. */
  async findings(): Promise<string[]> {
    const doctor = await run(process.execPath, [
      "apps/server/src/main.ts",
      "doctor",
      "--data",
      this.directory,
      "--json",
    ]);
    if (doctor.stdout === "") return [`doctor ended with ${doctor.code}: ${doctor.stderr}`];
    const report = JSON.parse(doctor.stdout) as {
      readonly findings: { readonly where: string; readonly what: string }[];
    };
    return report.findings.map(({ where, what }) => `doctor: ${where}: ${what}`);
  }

  async #end(signal: NodeJS.Signals): Promise<number> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? -1;
    const exited = once(child, "exit");
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    this.#child = null;
    return code ?? -1;
  }

  /** Stops it and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(join(this.directory, ".."), { recursive: true, force: true });
  }
}

/** Makes `data` a directory of the product whose database has its schema and nothing else, if this run has a shelf. */
export async function takeSchema(data: string): Promise<void> {
  await mkdir(data, { recursive: true });
  await writeFile(join(data, "casaforte.version"), "1\n");
  await takeFromShelf(join(data, "postgres"), migrationSources, new MemoryLogger());
}

/** A first start and a stop, by the sources as they stand. */
export async function seed(data: string): Promise<void> {
  await takeSchema(data);
  const product = new Product(data, { CASAFORTE_TEST_SOURCES: "1" });
  await product.start();
  const code = await product.stop();
  // Of a database that is still going down no copy can be taken.
  if (code !== 0) throw new Error(`the product ended with ${code}\n${product.output.slice(-4000)}`);
}

/** Runs a program to its end. `holdInput` leaves its input open, as a terminal with nobody typing. */
export async function run(
  command: string,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: string;
    readonly cwd?: string;
    readonly holdInput?: boolean;
  } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? repository,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.on("error", () => {});
  if (options.holdInput) child.stdin.write(options.input ?? "");
  else child.stdin.end(options.input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}
