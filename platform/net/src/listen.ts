import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Connection, Failure, type Logger } from "@casaforte/kernel";
import { clientNetwork, plainAddress } from "@casaforte/kernel/addresses";
import { netLimits } from "./limits.ts";
import { readProxyHeader } from "./proxy-header.ts";
import { type CertificatePair, ServerCertificates } from "./server-certificates.ts";
import { type SocketConnection, socketConnection } from "./socket-connection.ts";

export interface StreamListenerOptions {
  /** Shown in logs and in the message about a taken port: `imap`, `pop3s`. */
  readonly name: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificate?: CertificatePair | ServerCertificates;
  /** TLS from the first byte; otherwise STARTTLS is offered when there is a certificate. */
  readonly implicitTls?: boolean;
  readonly connectionsPerAddressMax?: number;
  /** `netLimits.lastWordsMs` if absent. */
  readonly lastWordsMs?: number;
  /** Addresses of proxies: each connection from one must begin with a PROXY header, which is believed. */
  readonly proxyHeaderFrom?: readonly string[];
  readonly logger: Logger;
  /** One session. The signal fires when the listener drains. */
  readonly serve: (connection: Connection, signal: AbortSignal) => Promise<void>;
}

export interface StreamListener {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections, asks sessions to end, cuts the rest after the grace. */
  close(graceMs?: number): Promise<void>;
}

/** What a failed listen means. @throws precondition `net.port_taken` with the name and port. */
export function listenFailure(name: string, host: string, port: number, cause: unknown): Failure {
  const code = (cause as { code?: string }).code;
  if (code === "EADDRINUSE")
    return new Failure(
      "precondition",
      "net.port_taken",
      `port ${port} for ${name} on ${host} is taken by another program: stop it, or choose other ports (--ports auto takes free ones)`,
      { cause, details: { name, host, port } },
    );
  if (code === "EACCES")
    return new Failure(
      "precondition",
      "net.port_denied",
      `port ${port} for ${name} may not be opened by this user: choose one above 1023`,
      { cause, details: { name, host, port } },
    );
  if (code === "EADDRNOTAVAIL")
    return new Failure("precondition", "net.address_unknown", `${host} for ${name} is not an address of this machine`, {
      cause,
      details: { name, host, port },
    });
  return new Failure("unavailable", "net.listen_failed", `cannot listen on ${host}:${port} for ${name}`, { cause });
}

async function handshake(socket: Socket, certificates: ServerCertificates): Promise<TLSSocket> {
  const secured = new TLSSocket(socket, certificates.socketOptions());
  const timer = setTimeout(() => secured.destroy(new Error("TLS handshake took too long")), netLimits.tlsHandshakeMs);
  try {
    await new Promise<void>((resolve, reject) => {
      secured.once("secure", resolve);
      secured.once("error", reject);
      secured.once("close", () => reject(new Error("closed during the TLS handshake")));
    });
    return secured;
  } finally {
    clearTimeout(timer);
  }
}

/** Listens for stream sessions, with TLS ≥ 1.2, limits per client's network and in all, and a drain. */
export async function listenStream(options: StreamListenerOptions): Promise<StreamListener> {
  const logger = options.logger.with({ listener: options.name });
  const { certificate } = options;
  const certificates =
    certificate === undefined || certificate instanceof ServerCertificates
      ? certificate
      : new ServerCertificates(certificate);
  if (options.implicitTls && !certificates)
    throw new Failure("invalid", "net.no_certificate", `${options.name} needs a certificate`);
  const sessions = new Map<SocketConnection, Promise<void>>();
  // One subscriber of IPv6 has a whole /64 of addresses.
  const perNetwork = new Map<string, number>();
  const draining = new AbortController();
  const perAddressMax = options.connectionsPerAddressMax ?? netLimits.connectionsPerAddressMax;

  const proxies = new Set(options.proxyHeaderFrom?.map(plainAddress));
  let atTheDoor = 0;

  /** Whose connection it is; null where a proxy does not say, as it must. */
  async function clientOf(socket: Socket): Promise<string | null> {
    const peer = plainAddress(socket.remoteAddress ?? "");
    if (!proxies.has(peer)) return peer;
    if (sessions.size + atTheDoor >= netLimits.connectionsMax) return null;
    atTheDoor++;
    try {
      return (await readProxyHeader(socket, draining.signal)) ?? peer;
    } catch (error) {
      logger.warn("net.no_proxy_header", { address: peer, reason: error instanceof Error ? error.message : "" });
      return null;
    } finally {
      atTheDoor--;
    }
  }

  async function accept(socket: Socket): Promise<void> {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("error", () => {});
    const address = await clientOf(socket);
    if (address === null || socket.destroyed) return void socket.destroy();
    const network = clientNetwork(address);
    const count = (perNetwork.get(network) ?? 0) + 1;
    if (sessions.size >= netLimits.connectionsMax || count > perAddressMax) {
      logger.warn("net.too_many_connections", { address });
      socket.destroy();
      return;
    }
    perNetwork.set(network, count);
    socket.once("close", () => {
      const left = (perNetwork.get(network) ?? 1) - 1;
      if (left > 0) perNetwork.set(network, left);
      else perNetwork.delete(network);
    });
    const ready =
      options.implicitTls && certificates ? await handshake(socket, certificates).catch(() => null) : socket;
    if (!ready) return void socket.destroy();
    const connection = socketConnection(ready, {
      remoteAddress: address,
      serverTls: certificates ? () => certificates.socketOptions() : undefined,
      lastWordsMs: options.lastWordsMs,
    });
    const session = options
      .serve(connection, draining.signal)
      .catch((error) => logger.error("net.session_failed", error, { address }))
      .finally(() => {
        connection.close();
        sessions.delete(connection);
      });
    sessions.set(connection, session);
  }

  const server: Server = createServer({ allowHalfOpen: false, pauseOnConnect: false }, (socket) => void accept(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenFailure(options.name, options.host, options.port, cause)));
    server.listen({ host: options.host, port: options.port, backlog: 1024 }, resolve);
  });
  server.on("error", (error) => logger.error("net.listener_failed", error));
  const bound = server.address();
  return {
    host: options.host,
    port: typeof bound === "object" && bound !== null ? bound.port : options.port,
    async close(graceMs = netLimits.drainGraceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      draining.abort(new Failure("cancelled", "net.draining", "the server is stopping"));
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, graceMs);
      await Promise.race([Promise.all(sessions.values()), patience.promise]);
      clearTimeout(timer);
      for (const connection of sessions.keys()) connection.destroy();
      await closed;
    },
  };
}
