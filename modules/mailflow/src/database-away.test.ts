import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Db,
  type EmbeddedCluster,
  migrate,
  openDb,
  quickSettings,
  startEmbedded,
  type TestDatabase,
  takeFromShelf,
} from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";
import nodemailer from "nodemailer";
import { expect, test } from "vitest";
import { openMailflowTestbed } from "./mailflow-testbed.ts";

const logger = new MemoryLogger();

test("a database that goes away in the middle of DATA is a 4xx; after it is back the message is there once", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cf-away-"));
  await chmod(directory, 0o711);
  const root = join(directory, "postgres");
  let cluster: EmbeddedCluster;
  let current: Db;
  const start = async (): Promise<void> => {
    cluster = await startEmbedded(root, logger, quickSettings);
    current = openDb({ ...cluster, logger, appConnectionsMax: 4 });
  };
  const restart = async (): Promise<void> => {
    await current.close(1);
    await start();
  };
  const db: Db = {
    tenant: (...args) => current.tenant(...args),
    together: (...args) => current.together(...args),
    operatorTogether: (...args) => current.operatorTogether(...args),
    apart: (...args) => current.apart(...args),
    operator: (...args) => current.operator(...args),
    lookup: (...args) => current.lookup(...args),
    listen: (...args) => current.listen(...args),
    notify: (...args) => current.notify(...args),
    takePlace: (...args) => current.takePlace(...args),
    close: (graceMs) => current.close(graceMs),
  };
  const close = async () => {
    await current.close(1);
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  let isStopping = false;
  const bed = await openMailflowTestbed(
    (services) => ({
      ...services,
      mailStore: {
        ...services.mailStore,
        async store(tenantId, message) {
          const stored = await services.mailStore.store(tenantId, message);
          if (isStopping) await cluster.stop();
          isStopping = false;
          return stored;
        },
      },
    }),
    async (sources): Promise<TestDatabase> => {
      await takeFromShelf(root, sources, logger);
      await start();
      await migrate(cluster.ownerUrl, sources, logger);
      return { db, cluster, close, [Symbol.asyncDispose]: close };
    },
  );
  try {
    await bed.newTenant("casa.test");
    const ada = await bed.newAccount("ada@casa.test");
    const send = () =>
      nodemailer
        .createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true })
        .sendMail({ from: "x@far.test", to: "ada@casa.test", subject: "s", text: "x" })
        .then(
          ({ response }) => response,
          (error: { response?: string }) => error.response ?? "",
        );
    isStopping = true;
    expect(await send()).toMatch(/^451 4\.3\.0 /);
    expect(await send()).toMatch(/^451 4\.3\.0 /);
    await restart();
    expect(await send()).toMatch(/^250 /);
    await bed.drain();
    expect(await bed.messages(ada)).toHaveLength(1);
    expect(await bed.findings()).toEqual([]);
  } finally {
    await bed.close();
  }
});
