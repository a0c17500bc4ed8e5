import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.test-support.ts";

/** Debian keeps servers where only root looks for programs. */
const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` };

export interface Zone {
  readonly name: string;
  /** Lines of a zone file, names relative to the zone. */
  readonly records: readonly string[];
  /** `spoilt`: signed, and then the last digit of each TLSA record was changed. */
  readonly is: "signed" | "spoilt" | "unsigned";
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The distribution's validating resolver on loopback, with these zones and the keys of the signed ones as trust anchors. */
export class Unbound {
  readonly port: number;
  readonly #folder: string;
  readonly #program: ChildProcess;
  #output = "";

  private constructor(port: number, folder: string, program: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#program = program;
    for (const stream of [program.stdout, program.stderr])
      stream?.on("data", (part: Buffer) => {
        this.#output += part.toString("utf8");
      });
  }

  static async start(zones: readonly Zone[]): Promise<Unbound> {
    const folder = await mkdtemp(join(tmpdir(), "cf-unbound-"));
    const anchors: string[] = [];
    for (const zone of zones) anchors.push(...(await writeZone(folder, zone)));
    const port = await freePort();
    const lines = [
      "server:",
      ...[`directory: "${folder}"`, 'chroot: ""', 'username: ""', 'pidfile: ""', "use-syslog: no", "do-daemonize: no"],
      ...["interface: 127.0.0.1", `port: ${port}`, "access-control: 127.0.0.0/8 allow", "do-ip6: no", "num-threads: 1"],
      // As the runbook has it.
      'module-config: "validator iterator"',
      // The name for tests is shut by default.
      'local-zone: "test." nodefault',
      ...anchors.map((file) => `trust-anchor-file: "${file}"`),
      ...["remote-control:", "control-enable: no"],
      ...zones.flatMap(({ name }) => [
        ...["auth-zone:", `name: "${name}"`, `zonefile: "${join(folder, `${name}.served`)}"`],
        // What is asked for goes through the validator, as if another server had answered.
        ...["for-upstream: yes", "for-downstream: no", "fallback-enabled: no"],
      ]),
    ];
    await writeFile(join(folder, "unbound.conf"), `${lines.join("\n")}\n`);
    const program = spawn("unbound", ["-d", "-c", join(folder, "unbound.conf")], { env });
    const unbound = new Unbound(port, folder, program);
    let ended: string | null = null;
    program.on("error", (error) => {
      ended = error.message;
    });
    program.on("exit", (code) => {
      ended ??= `ended with ${code}`;
    });
    await until("unbound", async () => {
      if (ended !== null) throw new Error(`unbound: ${ended}\n${unbound.#output}`);
      const socket = createConnection(port, "127.0.0.1");
      const isThere = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isThere;
    });
    return unbound;
  }

  async stop(): Promise<void> {
    if (this.#program.exitCode === null && this.#program.signalCode === null) {
      this.#program.kill("SIGKILL");
      await once(this.#program, "exit");
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Writes what is served as `NAME.served`. Returns the file of its trust anchor, if it has one. */
async function writeZone(folder: string, { name, records, is }: Zone): Promise<readonly string[]> {
  const text = [
    ...[`$ORIGIN ${name}.`, "$TTL 60", "@ IN SOA ns hostmaster 1 3600 600 86400 60", "@ IN NS ns", "ns IN A 127.0.0.1"],
    ...records,
    "",
  ].join("\n");
  const [plain, served] = [join(folder, `${name}.zone`), join(folder, `${name}.served`)];
  await writeFile(is === "unsigned" ? served : plain, text);
  if (is === "unsigned") return [];
  const run = (program: string, args: readonly string[]) =>
    execFileSync(program, args, { cwd: folder, env, encoding: "utf8" }).trim();
  const newKey = (...more: string[]) => run("ldns-keygen", ["-a", "ECDSAP256SHA256", ...more, name]);
  const [zoneKey, anchor] = [newKey(), newKey("-k")];
  run("ldns-signzone", ["-f", served, plain, zoneKey, anchor]);
  if (is === "spoilt") {
    const signed = await readFile(served, "utf8");
    const spoilt = signed.replace(/^(\S+\s.*\sTLSA\s+3 1 1 .*)([0-9a-f])$/gim, (_line, start: string, last: string) =>
      start.concat(last === "0" ? "1" : "0"),
    );
    if (spoilt === signed) throw new Error("the zone has no TLSA record to spoil");
    await writeFile(served, spoilt);
  }
  return [join(folder, `${anchor}.key`)];
}
