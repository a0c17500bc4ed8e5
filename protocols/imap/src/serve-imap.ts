import { type Connection, Failure } from "@casaforte/kernel";
import { capabilities } from "./capabilities.ts";
import type { Command, CommandEntry } from "./command.ts";
import { commands, uidCommands } from "./commands/index.ts";
import { failureReply } from "./failure-reply.ts";
import { type Interruption, SessionEnd } from "./input.ts";
import type { ServeImapServices } from "./options.ts";
import { BadCommand, readCommand } from "./read-command.ts";
import { Session } from "./session.ts";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";
import { plainText } from "./syntax/text.ts";
import { ProgressTeller } from "./tell-progress.ts";
import { MailboxGone, syncAfter } from "./updates.ts";

/**
 * Serves one client until it leaves, breaks the rules, falls silent, or `signal` asks for the end. Resolves when the
 * session is over and everything it held is given back; never rejects. RFC 9051 with the extensions of `capabilities`.
 */
export async function serveImap(connection: Connection, services: ServeImapServices): Promise<void> {
  const session = new Session(connection, services);
  const { signal } = services;
  const over = new AbortController();
  const shutDown = (): void => session.input.interrupt("shutdown");
  signal.addEventListener("abort", shutDown);
  if (signal.aborted) shutDown();
  const watching = watchSilence(session, over.signal);
  const progress = new ProgressTeller(session, over.signal);
  try {
    session.out.line(`* OK [CAPABILITY ${capabilities(session)}] ${session.options.serverName ?? "Casaforte"} ready`);
    await converse(session, progress);
  } catch (error) {
    sayBye(session, error);
  } finally {
    signal.removeEventListener("abort", shutDown);
    over.abort();
    await watching;
    await progress.ended;
    session.out.flush();
    await session.end().catch((error: unknown) => session.logger.error("imap.end_failed", error));
    session.connection.close();
  }
}

async function converse(session: Session, progress: ProgressTeller): Promise<void> {
  while (session.state.name !== "logout") {
    session.busy = false;
    const outcome = await readOutcome(session);
    if (outcome instanceof BadCommand) {
      session.out.line(`${outcome.tag} BAD ${plainText(outcome.message)}`);
      if (outcome.fatal) throw new SessionEnd("closed");
      countBad(session);
      continue;
    }
    session.busy = true;
    const reply = await execute(session, outcome, progress);
    if (reply !== "") session.out.line(`${outcome.tag} ${reply}`);
    if (reply.startsWith("BAD")) countBad(session);
    else if (session.isSignedIn) session.badCommands = 0;
    if (session.out.isFull) await session.out.pressure();
  }
}

async function readOutcome(session: Session): Promise<Command | BadCommand> {
  try {
    return await readCommand(session);
  } catch (error) {
    if (error instanceof BadCommand) return error;
    throw error;
  }
}

/** Runs one command and tells what changed meanwhile; returns the tagged response without its tag. */
async function execute(session: Session, command: Command, progress: ProgressTeller): Promise<string> {
  const entry = commands.get(command.name);
  if (!entry || !isAllowed(session, entry)) {
    leaveLiteral(command);
    return entry ? `BAD ${command.name} is not allowed now` : "BAD Unknown command";
  }
  if (session.enabled.uidOnly && !command.uid && command.name !== "EXPUNGE" && uidCommands.has(command.name)) {
    leaveLiteral(command);
    return `BAD [UIDREQUIRED] Use UID ${command.name}`;
  }
  const work = () => run(session, command, entry);
  const reply = entry.isLong ? await progress.of(command.tag, work) : await work();
  if (session.isSignedIn && entry.updates !== "none") {
    await syncAfter(session, { ask: false, mayExpunge: entry.updates === "all" || command.uid });
  }
  return reply;
}

/** Nobody reads the message of a refused command: one that is sent all the same would be taken for commands. */
function leaveLiteral({ pendingLiteral }: Command): void {
  if (pendingLiteral && !pendingLiteral.synchronizing) throw new SessionEnd("closed");
}

function isAllowed(session: Session, entry: CommandEntry): boolean {
  if (entry.state === "any") return true;
  if (entry.state === "authenticated") return session.isSignedIn;
  return session.state.name === entry.state;
}

async function run(session: Session, command: Command, entry: CommandEntry): Promise<string> {
  try {
    return await entry.run(session, command);
  } catch (error) {
    if (error instanceof SyntaxFailure) return `BAD ${plainText(error.message)}`;
    if (error instanceof Failure) return failureReply(error);
    if (error instanceof SessionEnd || error instanceof MailboxGone) throw error;
    session.logger.error("imap.command_failed", error, { command: command.name });
    return "NO [SERVERBUG] Internal error";
  }
}

function countBad(session: Session): void {
  session.badCommands++;
  const { badCommands, badCommandsBeforeLogin } = session.limits;
  if (session.badCommands < (session.isSignedIn ? badCommands : badCommandsBeforeLogin)) return;
  session.out.line("* BYE Too many bad commands");
  throw new SessionEnd("closed");
}

const farewells: Readonly<Record<Interruption, string | null>> = {
  closed: null,
  broken: null,
  timeout: "* BYE Logged out for inactivity",
  shutdown: "* BYE The server is shutting down",
  outgrown: "* BYE The selected mailbox has seen too many combinations of keywords: select it again",
  signed_out: "* BYE You have been signed out: this account or its sign-in was changed",
};

function sayBye(session: Session, error: unknown): void {
  if (error instanceof SessionEnd) {
    const farewell = farewells[error.reason];
    if (farewell !== null) session.out.line(farewell);
  } else if (error instanceof MailboxGone) session.out.line("* BYE The selected mailbox is gone");
  else {
    session.logger.error("imap.session_failed", error);
    session.out.line("* BYE Internal error");
  }
}

/** Checks of silence in one idle time: the session ends between one idle time and this share more. */
const checksPerIdle = 6;

async function watchSilence(session: Session, over: AbortSignal): Promise<void> {
  const { clock, limits, input, connection, out } = session;
  try {
    await clock.sleep(limits.loginTimeoutMs, over);
    if (!session.isSignedIn) return end();
    for (let silent = 0; silent < checksPerIdle; ) {
      const { pieces } = input;
      const { sentBytes } = out;
      await clock.sleep(limits.idleTimeoutMs / checksPerIdle, over);
      const alive = input.pieces !== pieces || (session.busy && out.sentBytes !== sentBytes);
      silent = alive ? 0 : silent + 1;
    }
    end();
  } catch (error) {
    if (!over.aborted) session.logger.error("imap.watch_failed", error);
  }

  function end(): void {
    input.interrupt("timeout");
    // A client that does not read would hold the session in `drained`: only closing frees it.
    if (session.busy) connection.close();
  }
}
