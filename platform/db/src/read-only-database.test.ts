import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binariesName, type EmbeddedCluster, startEmbedded } from "./embedded.ts";
import { openDb, openPool } from "./index.ts";
import { Probe } from "./probe.test-support.ts";
import { quickSettings } from "./test-shelf.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await Probe.open();
});
afterAll(() => probe?.database.close());

test("a database that takes no changes is unavailable to who would write, and who said that he would not has a bug", async () => {
  const { db } = probe.database;
  const write = probe.insert(probe.tenantA, "x");
  for (const oneTrip of [false, true]) {
    const onReadOnly = db.tenant(
      probe.tenantA,
      (tx) => Promise.all([tx.sql`select set_config('transaction_read_only', 'on', true)`, write(tx)]),
      { oneTrip },
    );
    await expect(onReadOnly).rejects.toMatchObject({ kind: "unavailable", code: "db.read_only" });
    await expect(db.tenant(probe.tenantA, write, { oneTrip, readOnly: true })).rejects.toMatchObject({ code: "25006" });
  }
});

/** The server of a cluster that was stopped, now as a standby of nobody, reached by the same roles. */
async function startStandby(directory: string, { appUrl, operatorUrl, superuserUrl }: EmbeddedCluster) {
  const data = join(directory, "data");
  await writeFile(join(data, "standby.signal"), "");
  const sockets = join(directory, "sockets");
  await mkdir(sockets, { mode: 0o777 });
  await chmod(sockets, 0o777);
  const program = join(directory, binariesName, "bin", "postgres");
  // As many connections as the other had, or it does not start.
  const settings = { listen_addresses: "", unix_socket_directories: sockets, max_connections: "120" };
  const server = spawn(
    program,
    ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    {
      ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    },
  );
  let said = "";
  await new Promise<void>((resolve, reject) => {
    server.stderr.on("data", (piece) => {
      said += piece;
      if (said.includes("ready to accept read-only connections")) resolve();
    });
    server.once("exit", () => reject(new Error(said)));
  });
  const at = (url: string) => url.replace(/host=.*$/, `host=${encodeURIComponent(sockets)}`);
  return {
    urls: { appUrl: at(appUrl), operatorUrl: at(operatorUrl), superuserUrl: at(superuserUrl) },
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
    },
  };
}

test("a standby is left at once: who asks is told unavailable, and goes on when it is the one that takes changes", {
  timeout: 120_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), "cf-standby-"));
  await chmod(directory, 0o711);
  const logger = new MemoryLogger();
  const cluster = await startEmbedded(directory, logger, quickSettings);
  await cluster.stop();
  {
    await using standby = await startStandby(directory, cluster);
    const db = openDb({ ...standby.urls, logger });
    const superuser = openPool(standby.urls.superuserUrl, 1);
    const ask = () => db.operator((tx) => tx.sql<{ waits: boolean }[]>`select pg_is_in_recovery() as waits`);
    expect([...(await superuser`select pg_is_in_recovery() as waits`)]).toEqual([{ waits: true }]);
    for (let again = 0; again < 3; again++) await expect(ask()).rejects.toMatchObject({ kind: "unavailable" });
    await superuser`select pg_promote()`;
    expect([...(await ask())]).toEqual([{ waits: false }]);
    await Promise.all([db.close(), superuser.end()]);
  }
  await rm(directory, { recursive: true, force: true });
});
