import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { chunkHash } from "../chain/chunk-hash.ts";
import { mountConnectionsMax } from "../limits.ts";
import { PointFiles } from "../mount/point-files.ts";
import { answerWebDav } from "../mount/web-dav.ts";
import { reasonOf } from "../tree/note.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";
import { openPoint } from "./open-point.ts";

export interface MountInput {
  /** 0 for any that is free. */
  readonly port: number;
  /** Whoever knows the address reads the point, as long as this runs. */
  readonly onReady: (url: string) => void;
}

/**
 * Gives a point out to programs of this machine, as read-only WebDAV on loopback, until it is told to stop.
 * @throws invalid `agent.usage` for a port that is taken.
 */
export async function mountPoint(context: ReadContext, { port, onReady }: MountInput): Promise<void> {
  const { notes, signal } = context;
  using image = await openPoint(context);
  const files = new PointFiles(await openArena((block) => image.readBlock(block), chunkHash));
  const secret = randomBytes(16).toString("base64url");
  const hosts = new Set<string>();
  const onTrouble = (path: Buffer, error: unknown) => {
    if (signal.aborted) return;
    const [level, code] = isDamage(error) ? (["lost", "damaged"] as const) : (["told", "unread"] as const);
    notes.add({ level, code, path, message: reasonOf(error) });
  };
  const server = createServer((request, response) => {
    request.resume();
    void answerWebDav({ files, secret, hosts, onTrouble }, request, response);
  });
  server.maxConnections = mountConnectionsMax;
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: unknown) => {
    throw new Failure("invalid", "agent.usage", `port ${port} cannot be used: ${reasonOf(error)}; try --port 0`);
  });
  const { port: at } = server.address() as AddressInfo;
  // Programs leave the usual port out of the name.
  for (const name of ["127.0.0.1", "localhost"]) hosts.add(at === 80 ? name : `${name}:${at}`);
  try {
    onReady(`http://127.0.0.1:${at}/${secret}/`);
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
