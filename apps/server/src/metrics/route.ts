import { createHash, timingSafeEqual, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";
import { countTroubledNames } from "@casaforte/modules/certificates";
import { countDueRequests } from "@casaforte/modules/compliance";
import type { Config } from "@casaforte/platform/config";
import type { Face } from "@casaforte/platform/http";
import { readSecretLine } from "../configured-file.ts";
import type { Core } from "../core.ts";
import { readEscrow } from "../escrow.ts";
import { copiesOf, createHealthReader } from "../health.ts";
import { readOwnListings, watchedOf } from "../own-addresses.ts";
import { ownListeners, type TlsFiles } from "../own-names.ts";
import { version } from "../version.ts";
import { renderMetrics } from "./render-metrics.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

async function certificatesOf(config: Config) {
  const read = async (where: string, { cert }: TlsFiles) => {
    try {
      return { where, endsAtMs: new X509Certificate(await readFile(cert)).validToDate.getTime() };
    } catch {
      // One that cannot be read serves nobody: as good as ended.
      return { where, endsAtMs: 0 };
    }
  };
  return Promise.all(
    ownListeners(config).flatMap(({ where, tls }) => (tls === undefined || tls === "acme" ? [] : [read(where, tls)])),
  );
}

/**
 * `GET /metrics` on the operators' listener, for a scraper that holds the token of `metrics.tokenFile` (R99). Without
 * that file there is no such page.
 */
export function registerMetrics(app: Face, core: Core, startedAtMs: number): void {
  const { config, clock } = core;
  const file = config.metrics?.tokenFile;
  const expected = file === undefined ? null : digest(readSecretLine(file));
  const disks = [
    { name: "data", directory: config.data },
    ...config.sites.map((site) => ({ name: site.name, directory: site.blobs })),
  ];
  const readHealth = createHealthReader({ db: core.db, clock, disks, copies: copiesOf(config) });
  const watched = watchedOf(config);
  app.get("/metrics", async (request, reply) => {
    reply.header("cache-control", "no-store");
    if (expected === null) throw new Failure("not_found", "http.route", "there is nothing here");
    const presented = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!timingSafeEqual(digest(presented), expected))
      throw new Failure("unauthenticated", "metrics.token", "send the token of metrics.tokenFile");
    const { user, system } = process.cpuUsage();
    const text = renderMetrics({
      ...{ version, startedAtMs, nowMs: clock.nowMs() },
      checks: await readHealth(),
      certificates: await certificatesOf(config),
      troubledNames: await core.db
        .operator((tx) => countTroubledNames(tx, clock.nowMs()), { readOnly: true })
        .catch(() => null),
      dueRequests: await core.db
        .operator((tx) => countDueRequests(tx, new Date(clock.nowMs())), { readOnly: true })
        .catch(() => null),
      escrow: await core.db
        .operator((tx) => readEscrow(tx, core.keyChecks, clock.nowMs()), { readOnly: true })
        .catch(() => null),
      listings: await readOwnListings(core.db, watched).then(
        (listings) =>
          watched.addresses.map((address) => ({
            address,
            lists: listings.filter((each) => each.address === address && each.listedSince !== null).length,
          })),
        () => null,
      ),
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1_000_000,
    });
    return reply.type("text/plain; version=0.0.4; charset=utf-8").send(text);
  });
}
