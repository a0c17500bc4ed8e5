import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { freePorts } from "./free-ports.test-support.ts";
import { until } from "./until.test-support.ts";

export interface PebbleSettings {
  readonly noncesRefused?: number;
  readonly keys?: Readonly<Record<string, string>>;
}

/** A certificate authority that speaks ACME (Let's Encrypt's pebble), with a name server of its own, on loopback. */
export class Pebble {
  readonly directory: string;
  /** PEM file of whoever signed the authority's own certificate. */
  readonly caFile: string;
  readonly ca: string;
  readonly nameServer: string;
  /** Where it looks for answers to challenges. */
  readonly httpPort: number;
  readonly #folder: string;
  readonly #management: string;
  readonly #own: string;
  readonly #programs: readonly ChildProcess[];
  #output = "";

  private constructor(at: {
    readonly folder: string;
    readonly ca: string;
    readonly ports: {
      readonly acme: number;
      readonly own: number;
      readonly dns: number;
      readonly management: number;
      readonly http: number;
    };
    readonly programs: readonly ChildProcess[];
  }) {
    this.directory = `https://127.0.0.1:${at.ports.acme}/dir`;
    this.caFile = join(at.folder, "ca.pem");
    this.ca = at.ca;
    this.nameServer = `127.0.0.1:${at.ports.dns}`;
    this.httpPort = at.ports.http;
    this.#folder = at.folder;
    this.#management = `http://127.0.0.1:${at.ports.management}`;
    this.#own = `https://127.0.0.1:${at.ports.own}`;
    this.#programs = at.programs;
    for (const { stdout, stderr } of at.programs)
      for (const stream of [stdout, stderr])
        stream?.on("data", (part: Buffer) => {
          this.#output += part.toString("utf8");
        });
  }

  /**
   * Refuses that share of nonces, in percent. `keys`: it makes accounts only for these, by key id.
   * Begins again at other ports when a program ends before it answers: somebody was faster at one of them.
   * @throws Error with what the programs printed when they ended three times.
   */
  static async start(settings: PebbleSettings = {}): Promise<Pebble> {
    for (let left = 2; ; left -= 1) {
      const pebble = await Pebble.#spawn(settings);
      if (await pebble.#answers()) return pebble;
      await pebble.stop();
      if (left === 0) throw new Error(`pebble ended before it answered: ${pebble.output}`);
    }
  }

  static async #spawn({ noncesRefused = 0, keys = {} }: PebbleSettings): Promise<Pebble> {
    const folder = await mkdtemp(join(tmpdir(), "cf-pebble-"));
    const altNames = [{ type: 7 as const, ip: "127.0.0.1" }];
    const pem = await generate([{ name: "commonName", value: "pebble" }], {
      keyType: "ec",
      extensions: [{ name: "subjectAltName", altNames }],
    });
    const [acme = 0, own = 0, dns = 0, management = 0, http = 0] = await freePorts(5);
    await writeFile(join(folder, "ca.pem"), pem.cert);
    await writeFile(join(folder, "key.pem"), pem.private, { mode: 0o600 });
    const settings = {
      listenAddress: `127.0.0.1:${acme}`,
      managementListenAddress: `127.0.0.1:${own}`,
      certificate: join(folder, "ca.pem"),
      privateKey: join(folder, "key.pem"),
      httpPort: http,
      tlsPort: 1,
      externalAccountBindingRequired: Object.keys(keys).length > 0,
      externalAccountMACKeys: keys,
    };
    await writeFile(join(folder, "pebble.json"), JSON.stringify({ pebble: settings }));
    const names = spawn("pebble-challtestsrv", [
      ...["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${management}`],
      ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "", "-defaultIPv6", ""],
    ]);
    const authority = spawn("pebble", ["-config", join(folder, "pebble.json"), "-dnsserver", `127.0.0.1:${dns}`], {
      env: {
        ...process.env,
        PEBBLE_VA_NOSLEEP: "1",
        PEBBLE_AUTHZREUSE: "0",
        PEBBLE_WFE_NONCEREJECT: String(noncesRefused),
      },
    });
    const ports = { acme, own, dns, management, http };
    return new Pebble({ folder, ca: pem.cert, ports, programs: [names, authority] });
  }

  /** Waits for both programs; false once one of them ended. */
  async #answers(): Promise<boolean> {
    const isGone = () => this.#programs.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
    const isThere = (what: string, ask: () => Promise<boolean>) =>
      until(what, async () => isGone() || (await ask().catch(() => false)));
    await isThere("pebble", async () => {
      const [response] = await once(get(this.directory, { ca: this.ca, agent: false }), "response");
      return response.resume().statusCode === 200;
    });
    await isThere("the name server", () => fetch(this.#management).then(() => true));
    return !isGone();
  }

  /** What both programs printed so far. */
  get output(): string {
    return this.#output;
  }

  /** PEM of the root that signs what it issues; another at each start. */
  async root(): Promise<string> {
    const asked = get(`${this.#own}/roots/0`, { ca: this.ca, agent: false });
    const [response] = await once(asked, "response");
    let pem = "";
    for await (const part of response) pem += part;
    return pem;
  }

  /** Makes a name lead to these IPv4 addresses; to none: it is gone. */
  async point(name: string, ...addresses: readonly string[]): Promise<void> {
    await this.#tell("clear-a", { host: `${name}.` });
    if (addresses.length > 0) await this.#tell("add-a", { host: `${name}.`, addresses });
  }

  async #tell(what: string, body: object): Promise<void> {
    const answer = await fetch(`${this.#management}/${what}`, { method: "POST", body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(`the name server refused ${what}: ${answer.status}`);
  }

  async stop(): Promise<void> {
    for (const program of this.#programs) {
      if (program.exitCode !== null || program.signalCode !== null) continue;
      program.kill("SIGKILL");
      await once(program, "exit");
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
