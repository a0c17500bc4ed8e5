import { type BearerOffer, type Clock, type Connection, Failure, type Logger } from "@casaforte/kernel";
import type { ManageSieveBackend } from "./backend.ts";
import { capabilities } from "./capabilities.ts";
import { commands } from "./commands.ts";
import { defaultLimits, type ManageSieveLimits } from "./limits.ts";
import { bye, failureReply, no, ok } from "./reply.ts";
import type { Session } from "./session.ts";
import { SessionEnd, Wire } from "./wire.ts";

export interface ServeManageSieveServices {
  readonly backend: ManageSieveBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the session. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ManageSieveLimits>;
  readonly options?: {
    readonly serverName?: string;
    /** Where a password may travel without TLS: nowhere, or from this machine itself. */
    readonly cleartextLogin?: "never" | "loopback";
    /** Who gives out access tokens for this server; without it no mechanism takes one. */
    readonly bearer?: BearerOffer | null;
  };
}

/** Serves one client over ManageSieve (RFC 5804). Resolves when the session is over; never rejects. */
export async function serveManageSieve(connection: Connection, services: ServeManageSieveServices): Promise<void> {
  const { clock, logger, signal } = services;
  const wire = new Wire(connection);
  const session: Session = {
    connection,
    wire,
    backend: services.backend,
    limits: { ...defaultLimits, ...services.limits },
    serverName: services.options?.serverName ?? "Casaforte",
    cleartextLogin: services.options?.cleartextLogin ?? "never",
    bearer: services.options?.bearer ?? null,
    logger,
    scripts: null,
    failedLogins: 0,
  };
  const over = new AbortController();
  const shutDown = (): void => wire.interrupt("shutdown");
  signal.addEventListener("abort", shutDown);
  if (signal.aborted) shutDown();
  const watching = watchSilence(session, clock, over.signal);
  try {
    await wire.send(`${capabilities(session)}${ok(`${session.serverName} ready`)}`);
    await serveCommands(session);
  } catch (error) {
    if (!(error instanceof SessionEnd)) session.logger.error("managesieve.session_failed", error);
    else if (error.reason === "shutdown") await wire.send(bye("The server is shutting down", "TRYLATER"));
    else if (error.reason === "signed_out")
      await wire.send(bye("You have been signed out: this account or its sign-in was changed"));
    else if (error.reason === "timeout") await wire.send(bye("You have been silent for too long"));
    else if (error.reason === "lost") await wire.send(bye(error.message));
  } finally {
    signal.removeEventListener("abort", shutDown);
    over.abort();
    await watching;
    await session.scripts?.close().catch((error: unknown) => session.logger.error("managesieve.close_failed", error));
    connection.close();
  }
}

async function serveCommands(session: Session): Promise<never> {
  const { wire, limits } = session;
  for (let bad = 0; ; ) {
    const literalBytes = session.scripts === null ? limits.loginLiteralBytes : limits.literalBytes;
    const command = await wire.command({ lineBytes: limits.lineBytes, literalBytes });
    const entry = "refusal" in command ? undefined : commands.get(command.name);
    bad = entry === undefined ? bad + 1 : 0;
    if (bad >= limits.badCommands) throw new SessionEnd("lost", "There were too many bad commands");
    if ("refusal" in command) await wire.send(no(command.refusal));
    else await wire.send(await run(session, command.name, command.arguments));
  }
}

async function run(session: Session, name: string, args: readonly string[]): Promise<string> {
  const entry = commands.get(name);
  if (!entry) return no("The command is not known");
  const isSignedIn = session.scripts !== null;
  if (entry.when === (isSignedIn ? "before" : "after"))
    return no(isSignedIn ? "You are signed in already" : "Sign in first");
  const [least, most] = entry.arguments;
  if (args.length < least || args.length > most) return no(`${name} does not take ${args.length} arguments`);
  try {
    return await entry.run(session, args);
  } catch (error) {
    if (error instanceof Failure) return failureReply(error);
    if (error instanceof SessionEnd) throw error;
    session.logger.error("managesieve.command_failed", error, { command: name });
    return no("Internal error", "TRYLATER");
  }
}

async function watchSilence(session: Session, clock: Clock, over: AbortSignal): Promise<void> {
  const { wire, limits, connection } = session;
  try {
    await clock.sleep(limits.loginTimeoutMs, over);
    let isAlive = session.scripts !== null;
    while (isAlive) {
      const { pieces } = wire;
      await clock.sleep(limits.idleTimeoutMs, over);
      isAlive = wire.pieces !== pieces;
    }
    wire.interrupt("timeout");
    // One who does not read would hold the session in `drained`: only closing frees it.
    await clock.sleep(limits.loginTimeoutMs, over);
    connection.close();
  } catch (error) {
    if (!over.aborted) session.logger.error("managesieve.watch_failed", error);
  }
}
