import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { hash } from "@node-rs/argon2";
import { type HostPort, run } from "../tests/support/product.ts";
import { ImapClient } from "./mail-client.ts";
import { processorMs } from "./processor-time.ts";
import { until } from "./until.ts";

const host = "127.0.0.1";

export interface Dovecot {
  readonly imap: HostPort;
  readonly lmtp: HostPort;
  readonly version: string;
  /** Processor time of all its processes so far. */
  cpuMs(): number;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, host, resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

/** A Dovecot of our own in a directory of its own, with these users; passwords cost what ours cost to verify. */
export async function startDovecot(
  directory: string,
  users: readonly { readonly address: string; readonly password: string }[],
): Promise<Dovecot> {
  for (const folder of ["", "run", "state", "mail"]) {
    mkdirSync(join(directory, folder), { recursive: true });
    chmodSync(join(directory, folder), 0o755);
  }
  await run("chown", ["mail:mail", join(directory, "mail")]);
  const lines = await Promise.all(
    users.map(async ({ address, password }) => {
      const verifier = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
      return `${address}:{ARGON2ID}${verifier}::::::\n`;
    }),
  );
  const file = join(directory, "users");
  writeFileSync(file, lines.join(""), { mode: 0o640 });
  await run("chown", ["root:dovecot", file]);
  const [imap, lmtp] = [await freePort(), await freePort()];
  const words: Record<string, string> = { RUN: directory, IMAP: String(imap), LMTP: String(lmtp) };
  const template = readFileSync(new URL("dovecot.conf.in", import.meta.url), "utf8");
  const config = join(directory, "dovecot.conf");
  writeFileSync(
    config,
    template.replace(/@([A-Z]+)@/g, (_, word: string) => words[word] ?? ""),
  );
  const child = spawn("/usr/sbin/dovecot", ["-F", "-c", config], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [first] = users;
  if (!first) throw new Error("Dovecot needs a user");
  const stop = async () => {
    if (child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  };
  await until("Dovecot", async () => {
    if (child.exitCode !== null) throw new Error(`Dovecot ended with ${child.exitCode}`);
    const client = await ImapClient.open({ host, port: imap }, first.address, first.password).catch(() => null);
    await client?.logout();
    return client !== null;
  }).catch(async (cause) => {
    await stop();
    const log = await readFile(join(directory, "dovecot.log"), "utf8").catch(() => "");
    throw new Error(`${cause}\n${output}${log}`);
  });
  const version = (await run("/usr/sbin/dovecot", ["--version"])).stdout.split(" ")[0]?.trim() ?? "";
  return {
    imap: { host, port: imap },
    lmtp: { host, port: lmtp },
    version,
    cpuMs: () => processorMs(child.pid ?? 0),
    stop,
  };
}
