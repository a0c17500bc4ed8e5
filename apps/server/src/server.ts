import { Failure } from "@casaforte/kernel";
import { challengeAnswer } from "@casaforte/modules/certificates";
import type { Config } from "@casaforte/platform/config";
import { type Face, httpLimits, listenPlain, serveWebApp } from "@casaforte/platform/http";
import { listenFailure } from "@casaforte/platform/net";
import { type AgentRelease, openAgentRelease } from "./agent-release.ts";
import type { Core } from "./core.ts";
import { consoleFace, operatorFace, webmailFace } from "./faces.ts";
import { jmapFace } from "./jmap-face.ts";
import { openMailListeners, type RunningListener } from "./mail-listeners.ts";
import type { FaceName } from "./open-face.ts";
import { syncPlaces } from "./ordering.ts";
import { publicUrl } from "./own-names.ts";
import type { ProviderAddresses } from "./provider-routes.ts";
import { openServices, type Services } from "./services.ts";
import { startSink } from "./sink.ts";
import { prepareSupportMailbox } from "./support-mailbox.ts";
import { vaultFace } from "./vault-face.ts";
import { startWorkers } from "./worker.ts";

export interface ServerOptions {
  readonly core: Core;
  /** Built web apps by face; a face without one serves its API alone. */
  readonly webApps: Partial<Record<FaceName, string>>;
  /** Demonstration on loopback: operators may sign in by password alone. */
  readonly demo: boolean;
}

export interface RunningServer {
  readonly services: Services;
  readonly addresses: ProviderAddresses;
  /** Stops in order: listeners drain, then jobs, then everything beneath. */
  stop(): Promise<void>;
}

function faceIdentities(config: Config) {
  const of = (name: FaceName) => {
    const origin = publicUrl(config, name) || "http://localhost";
    return { origin, rpId: new URL(origin).hostname, rpName: config.provider.name };
  };
  return { user: of("console"), operator: of("operator"), mail: of("webmail") };
}

/** What machines install; an installation serves on without. */
function releaseOf(core: Core): AgentRelease | null {
  const { config, logger } = core;
  try {
    return config.http.vault ? openAgentRelease(core, publicUrl(config, "vault")) : null;
  } catch (error) {
    logger.error("agent.release", error);
    return null;
  }
}

/** Opens the listeners of the configured roles and starts the worker. @throws precondition `net.port_taken`. */
export async function startServer({ core, webApps, demo }: ServerOptions): Promise<RunningServer> {
  const { config, clock, logger } = core;
  await core.db.operator((tx) => syncPlaces(tx, core));
  const closers: (() => Promise<void>)[] = [];
  let isServing = false;
  const stop = async () => {
    isServing = false;
    for (const close of closers.reverse()) await close().catch((error) => logger.error("server.stop", error));
  };
  try {
    closers.push(() => core.close());
    const sink = config.mail.outbound.mode === "sink" ? await startSink(core) : null;
    if (sink) closers.push(() => sink.close(0));
    const services = openServices(core, {
      ...{ faces: faceIdentities(config), sinkPort: sink?.port ?? null, demo },
      isServing: () => isServing,
    });
    closers.push(async () => services.identity.close());
    const release = releaseOf(core);
    const addresses: ProviderAddresses = {
      vaultUrl: publicUrl(config, "vault"),
      webmailUrl: publicUrl(config, "webmail"),
      startedAtMs: clock.nowMs(),
      ...(release ? { agentKey: release.fingerprint } : {}),
      listeners: [],
    };
    if (config.roles.includes("worker")) {
      await prepareSupportMailbox(services);
      const worker = startWorkers(services);
      closers.push(() => worker.stop());
    }
    for (const face of await openFaces(services, addresses, { webApps, release })) {
      closers.push(() => face.close());
      addresses.listeners.push(face);
    }
    const plain = await openPlain(core);
    if (plain) {
      closers.push(() => plain.close());
      addresses.listeners.push(plain);
    }
    const mail: RunningListener[] = await openMailListeners(services);
    closers.push(async () => void (await Promise.all(mail.map((listener) => listener.close()))));
    addresses.listeners.push(...mail);
    isServing = true;
    return { services, addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where certificate authorities look, for every process's names. */
async function openPlain({ config, db, logger }: Core): Promise<RunningListener | null> {
  const at = config.acme?.listen;
  if (!at) return null;
  const listening = listenPlain({
    ...{ ...at, logger: logger.with({ component: "plain" }) },
    answer: (name, token) => db.lookup((tx) => challengeAnswer(tx, name, token), { readOnly: true }),
  });
  const { port, close } = await listening.catch((cause) => {
    throw listenFailure("acme", at.host, at.port, cause);
  });
  return { name: "acme", host: at.host, port, close };
}

async function openFaces(
  services: Services,
  addresses: ProviderAddresses,
  { webApps, release }: { readonly webApps: ServerOptions["webApps"]; readonly release: AgentRelease | null },
): Promise<RunningListener[]> {
  const { config } = services.core;
  const open: RunningListener[] = [];
  const wanted = (name: FaceName) =>
    config.roles.includes(name === "jmap" ? "mail" : name) ? config.http[name] : undefined;
  async function listen(
    name: FaceName,
    make: () => { readonly app: Face; readonly close?: () => void },
  ): Promise<void> {
    const at = wanted(name);
    if (!at) return;
    const { app, close } = make();
    const dist = webApps[name];
    if (dist) await serveWebApp(app, dist);
    try {
      await app.listen({ host: at.host, port: at.port });
    } catch (cause) {
      await app.close();
      throw listenFailure(name, at.host, at.port, cause);
    }
    const bound = app.server.address();
    open.push({
      name,
      host: at.host,
      port: typeof bound === "object" && bound ? bound.port : at.port,
      async close() {
        const patience = setTimeout(() => app.server.closeAllConnections(), httpLimits.closeGraceMs);
        await app.close();
        clearTimeout(patience);
        close?.();
      },
    });
  }
  try {
    await listen("console", () => ({ app: consoleFace(services, addresses) }));
    await listen("operator", () => ({ app: operatorFace(services, addresses) }));
    await listen("webmail", () => ({ app: webmailFace(services, addresses) }));
    await listen("vault", () => vaultFace(services, release));
    await listen("jmap", () => ({ app: jmapFace(services, publicUrl(config, "jmap")) }));
    return open;
  } catch (error) {
    await Promise.all(open.map((face) => face.close()));
    throw error instanceof Failure
      ? error
      : new Failure("unavailable", "server.listen", "a listener could not be opened", { cause: error });
  }
}
