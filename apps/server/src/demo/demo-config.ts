import { randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { assert } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import { type DemoPorts, demoPorts } from "./ports.ts";

const host = "127.0.0.1";

/** Below the ports that systems give to outgoing connections, which come and go between our look and our listening. */
const quietPorts = { from: 16_384, to: 32_768 } as const;
/** Ports are taken in blocks. The last of a block is held by whoever chose it, so that no two choose the same. */
const blockPorts = 16;

/** Listens, and keeps no process alive by it; null where somebody else does. */
async function hold(port: number): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(port, host, () => resolve(server));
  });
}

const letGo = (server: Server) => new Promise((resolve) => server.close(resolve));

async function areFree(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    const held = await hold(port);
    if (held === null) return false;
    await letGo(held);
  }
  return true;
}

/** A block of ports that nobody uses, one port for each name of the demo, this process's as long as it lives. */
export async function freePorts(within: { readonly from: number; readonly to: number }): Promise<DemoPorts> {
  const names = Object.keys(demoPorts);
  assert(names.length < blockPorts, "a block has a port for each name and one to hold it by");
  for (;;) {
    const first = within.from + blockPorts * randomInt(Math.floor((within.to - within.from) / blockPorts));
    const held = await hold(first + blockPorts - 1);
    if (held === null) continue;
    if (await areFree(names.map((_, at) => first + at)))
      return Object.fromEntries(names.map((name, at) => [name, first + at])) as DemoPorts;
    await letGo(held);
  }
}

/** The usual ports, or free ones: settled before anything listens, since sign-in needs to know its own origin. */
export async function settlePorts(auto: boolean): Promise<DemoPorts> {
  return auto ? await freePorts(quietPorts) : demoPorts;
}

/** The demo's configuration: everything on loopback, one data directory, outbound mail into the sink. */
export async function demoConfig(directory: string, ports: DemoPorts, level: Config["log"]["level"]): Promise<Config> {
  const masterKey = join(directory, "keys", "master-1.key");
  if (!existsSync(masterKey)) {
    await mkdir(join(directory, "keys"), { recursive: true, mode: 0o700 });
    await writeFile(masterKey, randomBytes(32), { mode: 0o600 });
  }
  const at = (port: number) => ({ host, port });
  const tls = { key: join(directory, "tls", "key.pem"), cert: join(directory, "tls", "cert.pem") };
  const blobs = async (site: string) => {
    const path = join(directory, "blobs", site);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  };
  return {
    provider: {
      name: "Casaforte Demo",
      hostname: "localhost",
      supportAddress: "assistenza@provider.example",
      supportMailbox: true,
      language: "it",
      signUp: true,
      subProcessors: [
        {
          name: "Demo Datacentre S.p.A.",
          service: { it: "Locali, energia e rete", en: "Rooms, power and network" },
          country: "IT",
          since: "2026-01-01",
        },
      ],
    },
    data: directory,
    database: {},
    masterKeys: [{ id: 1, file: masterKey }],
    hostChecks: [],
    sites: [
      {
        id: "mi1",
        name: "Milano 1",
        country: "IT",
        jurisdiction: { it: "Si applica la legge italiana e il GDPR.", en: "Italian law and the GDPR apply." },
        blobs: await blobs("mi1"),
        replica: { name: "Milano 2", blobs: await blobs("mi1-replica") },
      },
      {
        id: "fr1",
        name: "Frankfurt 1",
        country: "DE",
        jurisdiction: { it: "Si applica la legge tedesca e il GDPR.", en: "German law and the GDPR apply." },
        blobs: await blobs("fr1"),
      },
    ],
    roles: ["console", "operator", "webmail", "vault", "mail", "mx", "worker"],
    http: {
      console: at(ports.console),
      operator: at(ports.operator),
      webmail: at(ports.webmail),
      vault: { ...at(ports.vault), publicUrl: `http://${host}:${ports.vault}` },
      jmap: at(ports.jmap),
    },
    vault: { leaveOutZeros: true },
    mail: {
      tls,
      smtp: at(ports.smtp),
      lmtp: { ...at(ports.lmtp), allowFrom: ["127.0.0.0/8", "::1"] },
      submission: at(ports.submission),
      smtps: at(ports.smtps),
      imap: at(ports.imap),
      imaps: at(ports.imaps),
      pop3: at(ports.pop3),
      pop3s: at(ports.pop3s),
      sieve: at(ports.sieve),
      outbound: { mode: "sink" },
      dns: false,
      filter: { blockLists: [] },
      importNetworks: [],
      proxyProtocolFrom: [],
      mailboxProxyProtocolFrom: [],
    },
    trustedProxies: [],
    log: { level, file: join(directory, "casaforte.log") },
  };
}
