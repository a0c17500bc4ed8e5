import { healthReplySchema } from "@casaforte/contract/health";
import { providerReplySchema } from "@casaforte/contract/provider";
import type { Authenticator } from "@casaforte/modules/identity";
import type { Config } from "@casaforte/platform/config";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import type { Core } from "./core.ts";
import { copiesOf, createHealthReader } from "./health.ts";
import { jmapSession } from "./own-names.ts";
import { version } from "./version.ts";

/** Where everything listens; filled while the listeners open, read when a request comes. */
export interface ProviderAddresses {
  readonly vaultUrl: string;
  readonly webmailUrl: string;
  readonly startedAtMs: number;
  /** Fingerprint of the key that signs the agent; absent where the vault gives none out. */
  readonly agentKey?: string;
  readonly listeners: { readonly name: string; readonly host: string; readonly port: number }[];
}

/** Addresses for customers' programs (R13). */
export function registerProviderRoute(
  app: Face,
  who: Authenticator,
  config: Config,
  addresses: ProviderAddresses,
): void {
  const at = (name: string) => {
    const found = addresses.listeners.find((listener) => listener.name === name);
    return found
      ? { host: found.host === "127.0.0.1" ? "localhost" : config.provider.hostname, port: found.port }
      : null;
  };
  app.get("/api/provider", { schema: { response: { 200: providerReplySchema } } }, async (request) => {
    await who.authenticate(request);
    return {
      name: config.provider.name,
      supportAddress: config.provider.supportAddress,
      vaultUrl: addresses.vaultUrl,
      webmailUrl: addresses.webmailUrl,
      jmapUrl: jmapSession(config),
      agentKey: addresses.agentKey ?? null,
      mail: { imaps: at("imaps"), pop3s: at("pop3s"), submission: at("submission"), smtps: at("smtps") },
    };
  });
}

/** The operator's board (R22, R99). */
export function registerHealthRoute(
  app: Face,
  core: Core,
  addresses: ProviderAddresses,
  operator: (request: FastifyRequest) => Promise<void>,
): void {
  const disks = [
    { name: "data", directory: core.config.data },
    ...core.config.sites.map((site) => ({ name: site.name, directory: site.blobs })),
  ];
  const readHealth = createHealthReader({ db: core.db, clock: core.clock, disks, copies: copiesOf(core.config) });
  app.get("/api/health", { schema: { response: { 200: healthReplySchema } } }, async (request) => {
    await operator(request);
    const checks = await readHealth();
    return {
      checkedAt: new Date(core.clock.nowMs()).toISOString(),
      version,
      startedAt: new Date(addresses.startedAtMs).toISOString(),
      roles: [...core.config.roles],
      listeners: addresses.listeners.map(({ name, host, port }) => ({ name, host, port })),
      checks: [...checks],
    };
  });
}
