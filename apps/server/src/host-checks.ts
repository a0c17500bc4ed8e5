import { connect } from "node:net";
import type { PartCheck } from "@casaforte/modules/notices";
import { type Host, listHosts } from "@casaforte/modules/placement";
import type { Core } from "./core.ts";

const probeTimeoutMs = 5_000;

/**
 * A look at each storage server that `hostChecks` names and the inventory knows (R24). Addresses are the provider's own
 * configuration: nobody else chooses whom this program calls. One that was retired is missed by nobody.
 */
export async function lookAtHosts(
  { db, config }: Pick<Core, "db" | "config">,
  signal: AbortSignal,
): Promise<readonly PartCheck[]> {
  if (config.hostChecks.length === 0) return [];
  // Without the database nobody knows the hosts; the look at the database says so.
  const hosts = await db.operator((tx) => listHosts(tx), { readOnly: true }).catch((): Host[] => []);
  const known = new Map(hosts.map((host) => [host.name, host]));
  const named = new Set(config.hostChecks.map(({ name }) => name));
  // Who takes a line out of the configuration ends what it found.
  const inUse = Map.groupBy(
    hosts.filter(({ state }) => state !== "retired"),
    ({ siteId }) => siteId,
  );
  const checkOf = ({ id, siteId }: Host, isWell: boolean): PartCheck => ({
    ...{ key: `host/${id}`, service: "backup", siteId, hostId: id, isWell },
    hostsOfSite: inUse.get(siteId)?.length ?? 0,
  });
  const left = hosts.filter(({ name }) => !named.has(name)).map((host) => checkOf(host, true));
  const looked = await Promise.all(
    config.hostChecks.flatMap(({ name, url }) => {
      const host = known.get(name);
      if (host === undefined) return [];
      const look = host.state === "retired" ? Promise.resolve(true) : isThere(new URL(url), signal);
      return [look.then((isWell) => checkOf(host, isWell))];
    }),
  );
  return [...left, ...looked];
}

/** Whether a port takes a connection, or a page answers with 2xx, within five seconds. */
const isThere = (url: URL, signal: AbortSignal): Promise<boolean> =>
  url.protocol === "tcp:" ? takesConnection(url, signal) : answers(url, signal);

function takesConnection({ hostname, port }: URL, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(port), signal, timeout: probeTimeoutMs });
    const end = (isWell: boolean) => {
      socket.destroy();
      resolve(isWell);
    };
    socket.once("connect", () => end(true));
    for (const event of ["timeout", "error", "close"]) socket.once(event, () => end(false));
  });
}

async function answers(url: URL, signal: AbortSignal): Promise<boolean> {
  try {
    const reply = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)]),
    });
    await reply.body?.cancel();
    return reply.ok;
  } catch {
    return false;
  }
}
