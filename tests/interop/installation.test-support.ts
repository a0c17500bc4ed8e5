import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@casaforte/platform/config";
import { type EmbeddedCluster, openPool, quickSettings, startEmbedded, takeFromShelf } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import { openCore } from "../../apps/server/src/core.ts";
import { demoCertificate } from "../../apps/server/src/demo/certificate.ts";
import { freePorts } from "../../apps/server/src/demo/demo-config.ts";
import type { DemoPorts } from "../../apps/server/src/demo/ports.ts";
import { type DemoAccounts, demoEnrolmentToken, seedDemo } from "../../apps/server/src/demo/seed.ts";
import { migrationSources } from "../../apps/server/src/migrations.ts";
import { openServices } from "../../apps/server/src/services.ts";
import { repository, run } from "../support/product.ts";

const logger = openLogger({ level: "silent" });
/** Of the program whose sources lie at `root`. */
const mainOf = (root: string) => join(root, "apps/server/src/main.ts");

/**
 * Ports where no demo looks for free ones and no other worker of the tests: an installation writes its ports into files
 * long before it listens on them.
 */
function ownPorts(): { readonly from: number; readonly to: number } {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % 6;
  return { from: 10_000 + worker * 1000, to: 11_000 + worker * 1000 };
}

/** A `casaforte serve` in a process of its own. */
export interface Served {
  readonly pid: number;
  readonly output: () => string;
  /** Sends a signal. Returns the exit code. */
  end(signal: NodeJS.Signals): Promise<number>;
}

/**
 * A production installation on a database that is somebody else's: an own PostgreSQL reached by a socket whose place
 * stays the same, roles made by `init-database`, a schema made by `migrate`, certificates, a data directory.
 */
export class Installation {
  readonly directory: string;
  readonly ports: DemoPorts;
  readonly certificate: string;
  /** What `init-database` printed, by variable. */
  readonly urls: Record<string, string> = {};
  #cluster: EmbeddedCluster;
  readonly #migratesItself: boolean;
  readonly #served: ChildProcess[] = [];

  private constructor(directory: string, ports: DemoPorts, cluster: EmbeddedCluster, migratesItself: boolean) {
    this.#migratesItself = migratesItself;
    this.directory = directory;
    this.ports = ports;
    this.certificate = join(directory, "tls", "cert.pem");
    this.#cluster = cluster;
  }

  /** `migratesItself`: its databases begin empty, and `migrate` makes their whole schema. Otherwise it finds it. */
  static async prepare({ migratesItself = false } = {}): Promise<Installation> {
    const directory = await mkdtemp(join(tmpdir(), "cf-inst-"));
    await chmod(directory, 0o711);
    await takeFromShelf(join(directory, "pg"), migratesItself ? [] : migrationSources, logger);
    const cluster = await startEmbedded(join(directory, "pg"), logger, quickSettings);
    const installation = new Installation(directory, await freePorts(ownPorts()), cluster, migratesItself);
    await installation.#pointSocket();
    await demoCertificate(directory);
    for (const folder of ["data", "blobs"]) await mkdir(join(directory, folder));
    await installation.casaforte("make-key", join(directory, "master.key"));
    return installation;
  }

  /** The URL of the cluster's superuser, as its administrator has it. */
  async superuserUrl(): Promise<string> {
    const { superuser } = JSON.parse(await readFile(join(this.directory, "pg", "credentials.json"), "utf8"));
    return `postgres://cf_super:${superuser}@/postgres?host=${join(this.directory, "socket")}`;
  }

  /** One statement on the installation's database, as the cluster's superuser. Returns its rows. */
  asSuperuser(statement: string): Promise<readonly object[]> {
    return this.#inDatabase(new URL(this.urls["DATABASE_URL"] ?? "").pathname, statement);
  }

  async #inDatabase(path: string, statement: string): Promise<readonly object[]> {
    const pool = openPool((await this.superuserUrl()).replace("/postgres?", `${path}?`), 1);
    const rows = await pool.unsafe(statement);
    await pool.end();
    return [...rows];
  }

  async #pointSocket(): Promise<void> {
    const folder = new URL(this.#cluster.appUrl).searchParams.get("host") ?? "";
    const fresh = join(this.directory, "socket.new");
    await symlink(folder, fresh);
    await rename(fresh, join(this.directory, "socket"));
  }

  /** Another block of ports that nobody uses, for a second process. */
  morePorts(): Promise<DemoPorts> {
    return freePorts(ownPorts());
  }

  /** Makes roles, database and schema, by the commands that an administrator uses. */
  async initDatabase(name: string): Promise<void> {
    if (!this.#migratesItself && process.env["CASAFORTE_TEST_SHELF"] !== undefined)
      await this.#inDatabase("/postgres", `create database ${name} template casaforte owner cf_owner`);
    await this.makeDatabase(name);
    const migrated = await this.casaforte("migrate", "--config", await this.writeConfig("migrate"));
    if (migrated.code !== 0) throw new Error(migrated.stderr);
  }

  /** The same without a schema, by the program at `root`. */
  async makeDatabase(name: string, root = repository): Promise<void> {
    const asked = ["--superuser-url", await this.superuserUrl(), "--database", name, "--reset-passwords"];
    const made = await this.casaforteAt(root, "init-database", ...asked);
    if (made.code !== 0) throw new Error(made.stderr);
    for (const [, variable, value] of made.stdout.matchAll(/^(DATABASE_\w*URL)=(.*)$/gm))
      this.urls[variable as string] = value as string;
    await this.#keepPasswords();
  }

  /** The embedded starter sets the roles' passwords at each start: let it set those that the installation uses. */
  async #keepPasswords(): Promise<void> {
    const file = join(this.directory, "pg", "credentials.json");
    const credentials = JSON.parse(await readFile(file, "utf8"));
    const password = (variable: string) => decodeURIComponent(new URL(this.urls[variable] ?? "").password);
    credentials.app = password("DATABASE_URL");
    credentials.operator = password("DATABASE_OPERATOR_URL");
    credentials.owner = password("DATABASE_OWNER_URL");
    await writeFile(file, JSON.stringify(credentials), { mode: 0o600 });
  }

  /** Writes a configuration of everything, changed as the test wants. Returns the file. */
  async writeConfig(name: string, change: (yaml: string) => string = (yaml) => yaml): Promise<string> {
    const { ports } = this;
    const face = (port: number) =>
      `{ host: 127.0.0.1, port: ${port}, publicUrl: "https://localhost:${port}", tls: { key: tls/key.pem, cert: tls/cert.pem } }`;
    const at = (port: number) => `{ host: 127.0.0.1, port: ${port} }`;
    const yaml = `
provider: { name: Prova, hostname: localhost, supportAddress: help@prova.example }
data: data
masterKeys: [{ id: 1, file: master.key }]
sites: [{ id: mi1, name: Milano, country: IT, jurisdiction: { it: Italia, en: Italy }, blobs: blobs }]
roles: [console, operator, webmail, vault, mail, mx, worker]
http:
  console: ${face(ports.console)}
  operator: ${face(ports.operator)}
  webmail: ${face(ports.webmail)}
  vault: ${face(ports.vault)}
vault: { leaveOutZeros: true }
mail:
  tls: { key: tls/key.pem, cert: tls/cert.pem }
  smtp: ${at(ports.smtp)}
  submission: ${at(ports.submission)}
  imaps: ${at(ports.imaps)}
  outbound: { mode: direct }
  dns: false
log: { level: info, file: ${name}.log }
`;
    const file = join(this.directory, `${name}.yaml`);
    await writeFile(file, change(yaml));
    return file;
  }

  casaforte(...args: readonly string[]) {
    return this.casaforteAt(repository, ...args);
  }

  casaforteAt(root: string, ...args: readonly string[]) {
    return run(process.execPath, [mainOf(root), ...args], { env: this.urls });
  }

  /** Starts `serve` and waits until it is ready. */
  async serve(file: string, root = repository): Promise<Served> {
    const child = spawn(process.execPath, [mainOf(root), "serve", "--config", file], {
      cwd: repository,
      env: { ...process.env, ...this.urls },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#served.push(child);
    let output = "";
    const ready = Promise.withResolvers<void>();
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes("Casaforte is ready")) ready.resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("exit", (code) => ready.reject(new Error(`serve ended with ${code}\n${output}`)));
    await ready.promise;
    return {
      pid: child.pid ?? 0,
      output: () => output,
      async end(signal) {
        const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
        child.kill(signal);
        await exited;
        return child.exitCode ?? -1;
      },
    };
  }

  /** A customer with mail accounts and a space, and a token for one device. */
  async seed(): Promise<DemoAccounts & { readonly enrolmentToken: string }> {
    const config = await loadConfig(await this.writeConfig("seed"), this.urls);
    const { DATABASE_URL: appUrl = "", DATABASE_OPERATOR_URL: operatorUrl = "" } = this.urls;
    const core = await openCore(config, { appUrl, operatorUrl }, logger);
    const face = { origin: "https://localhost", rpId: "localhost", rpName: "Prova" };
    const faces = { user: face, operator: face, mail: face };
    const services = openServices(core, { faces, sinkPort: null, demo: false });
    try {
      const accounts = await seedDemo(services, this.directory);
      return { ...accounts, enrolmentToken: await demoEnrolmentToken(services, accounts) };
    } finally {
      services.identity.close();
      await core.close();
    }
  }

  /** Cuts PostgreSQL as a power failure would; every one of its processes goes. */
  async killDatabase(): Promise<void> {
    process.kill(this.#cluster.pid, "SIGKILL");
    await this.#cluster.ended;
  }

  /** Starts PostgreSQL again on the same data, with the roles' passwords as `init-database` made them. */
  async restartDatabase(): Promise<void> {
    this.#cluster = await startEmbedded(join(this.directory, "pg"), logger, quickSettings);
    await this.#pointSocket();
  }

  async dispose(): Promise<void> {
    for (const child of this.#served) child.kill("SIGKILL");
    await this.#cluster.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
