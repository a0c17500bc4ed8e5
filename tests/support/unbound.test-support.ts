import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.test-support.ts";
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

  /**
   * Begins again at another port when it ends before it answers: somebody was faster.
   * @throws Error with what it printed when it ended three times.
   */
  static async start(zones: readonly Zone[]): Promise<Unbound> {
    for (let left = 2; ; left -= 1) {
      const unbound = await Unbound.#spawn(zones);
      if (await unbound.#answers()) return unbound;
      await unbound.stop();
      if (left === 0) throw new Error(`unbound ended before it answered: ${unbound.#output}`);
    }
  }

  static async #spawn(zones: readonly Zone[]): Promise<Unbound> {
    const folder = await mkdtemp(join(tmpdir(), "cf-unbound-"));
    const anchors: string[] = [];
    for (const zone of zones) anchors.push(...(await writeZone(folder, zone)));
    const [port = 0] = await freePorts(1);
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
    return new Unbound(port, folder, program);
  }

  /** Waits for its first answer; false once it ended, or never began. */
  async #answers(): Promise<boolean> {
    let isGone = false;
    const end = () => {
      isGone = true;
    };
    this.#program.on("error", end).on("exit", end);
    await until("unbound", async () => {
      if (isGone) return true;
      const socket = createConnection(this.port, "127.0.0.1");
      const isThere = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isThere;
    });
    return !isGone;
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
