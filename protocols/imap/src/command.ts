import type { Session } from "./session.ts";
import type { Cursor } from "./syntax/cursor.ts";
import type { LiteralMark } from "./syntax/frames.ts";

/** A command whose tag and name are read; the cursor stands behind the name. */
export interface Command {
  readonly tag: string;
  /** Upper case, without UID. */
  readonly name: string;
  /** Prefixed by UID: numbers are UIDs. */
  readonly uid: boolean;
  readonly cursor: Cursor;
  /** APPEND and REPLACE only: the announced message that has not been read yet. */
  readonly pendingLiteral: LiteralMark | null;
}

/** Does the work, prints untagged responses, and returns the tagged one without its tag: `OK NOOP completed`. */
export type Handler = (session: Session, command: Command) => Promise<string> | string;

export type CommandState = "any" | "not_authenticated" | "authenticated" | "selected";

export interface CommandEntry {
  /** `authenticated` includes selected. */
  readonly state: CommandState;
  readonly run: Handler;
  /**
   * What may be told after the command: nothing (it did so itself), everything, or all but expunges because sequence
   * numbers must not move (RFC 9051 §7.5.1).
   */
  readonly updates: "none" | "all" | "no_expunge";
  /** It may take long, and prints whole lines: the client is told meanwhile that it goes on (RFC 9585). */
  readonly isLong?: boolean;
}
