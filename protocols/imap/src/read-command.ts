import type { Command } from "./command.ts";
import { uidCommands } from "./commands/index.ts";
import type { Session } from "./session.ts";
import { Cursor } from "./syntax/cursor.ts";
import { type Frame, type LiteralMark, latin1 } from "./syntax/frames.ts";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";
import { lineWithNews } from "./tell-news.ts";

/** A line that is no command: answered BAD, with the tag if there was one. */
export class BadCommand extends Error {
  override readonly name = "BadCommand";
  readonly tag: string;
  /** Bytes may follow that would be taken for commands: the connection must end. */
  readonly fatal: boolean;

  constructor(tag: string, message: string, fatal = false) {
    super(message);
    this.tag = tag;
    this.fatal = fatal;
  }
}

/** Reads the next command with its literals; the message of an APPEND or REPLACE stays unread. @throws BadCommand, SessionEnd. */
export async function readCommand(session: Session): Promise<Command> {
  const { limits, input, isSignedIn } = session;
  const lineMax = isSignedIn ? limits.lineBytes : limits.lineBytesBeforeLogin;
  const pieces: string[] = [];
  let totalBytes = 0;
  let pending: LiteralMark | null = null;
  for (;;) {
    const isTold = session.notifier !== null && pieces.length === 0;
    const frame: Frame = isTold ? await lineWithNews(session, lineMax) : await input.line(lineMax);
    if (frame.kind === "line_too_long") throw new BadCommand(tagOf(pieces), "The line is too long");
    if (pieces.length === 0 && frame.text === "" && !frame.literal) continue;
    pieces.push(frame.text);
    totalBytes += frame.text.length;
    pending = frame.literal;
    if (!pending || announcesMessage(session, pieces)) break;
    const literalMax = isSignedIn ? limits.literalBytes : limits.literalBytesBeforeLogin;
    totalBytes += pending.sizeBytes;
    if (
      pending.sizeBytes > literalMax ||
      totalBytes > limits.commandBytes ||
      pieces.length / 2 > limits.literalsPerCommand
    ) {
      await refuseLiteral(session, tagOf(pieces), pending);
    }
    if (pending.synchronizing) session.out.line("+ OK");
    pieces.push(await collect(session, pending.sizeBytes));
  }
  return parseName(pieces, pending);
}

/** What the client will not send is simply refused; what it sends anyway is read past when it is not too much. */
async function refuseLiteral(session: Session, tag: string, literal: LiteralMark): Promise<never> {
  if (literal.synchronizing) throw new BadCommand(tag, "The literal is too large");
  if (!session.isSignedIn || literal.sizeBytes > session.limits.commandBytes) {
    throw new BadCommand(tag, "The literal is too large", true);
  }
  for (let next: LiteralMark | null = literal; next && !next.synchronizing; ) {
    for await (const _ of session.input.literal(next.sizeBytes));
    const frame: Frame = await session.input.line(session.limits.lineBytes);
    next = frame.kind === "line" ? frame.literal : null;
  }
  throw new BadCommand(tag, "The literal is too large");
}

async function collect(session: Session, sizeBytes: number): Promise<string> {
  let text = "";
  for await (const piece of session.input.literal(sizeBytes)) text += latin1(piece);
  return text;
}

const tagPattern = /^([!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]{1,64}) /;

function tagOf(pieces: readonly string[]): string {
  return tagPattern.exec(pieces[0] ?? "")?.[1] ?? "*";
}

/** Whether the literal announced at the end is the message of an APPEND or REPLACE, not its mailbox name. */
function announcesMessage(session: Session, pieces: readonly string[]): boolean {
  if (!session.isSignedIn) return false;
  const start = /^[^ ]+ (?:APPEND|(?:UID )?REPLACE (?:[0-9]{1,10}|\*)) (?=.|$)/i.exec(pieces[0] ?? "");
  if (!start) return false;
  const [first = "", ...more] = pieces;
  const cursor = new Cursor([first.slice(start[0].length), ...more]);
  try {
    cursor.astring();
    return !cursor.atLineEnd;
  } catch (error) {
    if (error instanceof SyntaxFailure) return false;
    throw error;
  }
}

function parseName(pieces: readonly string[], pendingLiteral: LiteralMark | null): Command {
  const tag = tagOf(pieces);
  if (tag === "*") throw new BadCommand(tag, "A command begins with a tag");
  const [first = "", ...more] = pieces;
  const cursor = new Cursor([first.slice(tag.length + 1), ...more]);
  try {
    let name = cursor.word("a command");
    const uid = name === "UID";
    if (uid) {
      cursor.space();
      name = cursor.word("a command");
      if (!uidCommands.has(name)) throw new BadCommand(tag, "Unknown UID command");
    }
    return { tag, name, uid, cursor, pendingLiteral };
  } catch (error) {
    if (error instanceof SyntaxFailure) throw new BadCommand(tag, error.message);
    throw error;
  }
}
