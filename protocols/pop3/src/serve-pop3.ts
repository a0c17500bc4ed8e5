import { type BearerOffer, type Clock, type Connection, Failure, type Logger } from "@casaforte/kernel";
import type { Pop3Backend } from "./backend.ts";
import { commands } from "./commands/index.ts";
import { failureReply } from "./failure-reply.ts";
import { defaultLimits, type Pop3Limits } from "./limits.ts";
import { LineChannel, SessionEnd } from "./line-channel.ts";
import type { Session } from "./session.ts";

export interface ServePop3Services {
  readonly backend: Pop3Backend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the session; nothing that was marked is removed. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<Pop3Limits>;
  readonly options?: {
    readonly serverName?: string;
    /** Where a password may travel without TLS: nowhere, or from this machine itself. */
    readonly cleartextLogin?: "never" | "loopback";
    /** Who gives out access tokens for this server; without it no mechanism takes one. */
    readonly bearer?: BearerOffer | null;
  };
}

/**
 * Serves one client over POP3 (RFC 1939, 2449, 2595, 5034). Resolves when the session is over and its maildrop closed;
 * never rejects.
 */
export async function servePop3(connection: Connection, services: ServePop3Services): Promise<void> {
  const session = openSession(connection, services);
  const { channel } = session;
  const over = new AbortController();
  const shutDown = (): void => channel.interrupt("shutdown");
  services.signal.addEventListener("abort", shutDown);
  if (services.signal.aborted) shutDown();
  const watching = watchSilence(session, services.clock, over.signal);
  try {
    channel.send(`+OK ${session.serverName} ready`);
    while (session.state.name !== "over") await serveCommand(session);
  } catch (error) {
    if (!(error instanceof SessionEnd)) session.logger.error("pop3.session_failed", error);
    else if (error.reason === "shutdown") channel.send("-ERR [SYS/TEMP] The server is shutting down");
    else if (error.reason === "signed_out") channel.send("-ERR [SYS/PERM] You have been signed out");
  } finally {
    services.signal.removeEventListener("abort", shutDown);
    over.abort();
    await watching;
    channel.flush();
    await close(session);
    connection.close();
  }
}

function openSession(connection: Connection, services: ServePop3Services): Session {
  const limits = { ...defaultLimits, ...services.limits };
  return {
    connection,
    channel: new LineChannel(connection, limits.lineBytes),
    backend: services.backend,
    limits,
    serverName: services.options?.serverName ?? "Casaforte",
    cleartextLogin: services.options?.cleartextLogin ?? "never",
    bearer: services.options?.bearer ?? null,
    logger: services.logger,
    state: { name: "authorization", user: null },
    failedLogins: 0,
    badCommands: 0,
    busy: false,
  };
}

async function serveCommand(session: Session): Promise<void> {
  const { channel, limits } = session;
  session.busy = false;
  const line = await channel.line();
  session.busy = true;
  const reply = line === null ? "-ERR The line is too long" : await run(session, line);
  if (reply !== "") channel.send(reply);
  await channel.pressure();
  // A refused delete or login is no abuse; what matters are lines that are no commands, in a row.
  session.badCommands = line === null || !commands.has(nameOf(line)) ? session.badCommands + 1 : 0;
  if (session.badCommands >= limits.badCommands) throw new SessionEnd("closed");
}

const nameOf = (line: string): string => (line.split(" ", 1)[0] ?? "").toUpperCase();

async function run(session: Session, line: string): Promise<string> {
  const name = nameOf(line);
  const entry = commands.get(name);
  if (!entry) return "-ERR Unknown command";
  if (entry.state !== "any" && entry.state !== session.state.name) return `-ERR ${name} is not allowed now`;
  // A password may begin or end with spaces, so PASS keeps the line as it is.
  const rest = line.slice(name.length + 1);
  const argument = name === "PASS" ? rest : rest.trim();
  try {
    return await entry.run(session, argument);
  } catch (error) {
    if (error instanceof Failure) return failureReply(error);
    if (error instanceof SessionEnd) throw error;
    session.logger.error("pop3.command_failed", error, { command: name });
    return "-ERR [SYS/TEMP] Internal error";
  }
}

async function close(session: Session): Promise<void> {
  if (session.state.name !== "transaction") return;
  const { maildrop } = session.state;
  session.state = { name: "over" };
  await maildrop.close().catch((error: unknown) => session.logger.error("pop3.close_failed", error));
}

const checksPerIdle = 5;

async function watchSilence(session: Session, clock: Clock, over: AbortSignal): Promise<void> {
  const { channel, limits, connection } = session;
  try {
    await clock.sleep(limits.loginTimeoutMs, over);
    for (let silent = session.state.name === "authorization" ? checksPerIdle : 0; silent < checksPerIdle; ) {
      const { pieces, sentBytes } = channel;
      await clock.sleep(limits.idleTimeoutMs / checksPerIdle, over);
      const alive = channel.pieces !== pieces || (session.busy && channel.sentBytes !== sentBytes);
      silent = alive ? 0 : silent + 1;
    }
    channel.interrupt("timeout");
    // A client that does not read would hold the session in `drained`: only closing frees it.
    if (session.busy) connection.close();
  } catch (error) {
    if (!over.aborted) session.logger.error("pop3.watch_failed", error);
  }
}
