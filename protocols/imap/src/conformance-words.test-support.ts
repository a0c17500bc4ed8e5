import type { ImapLimits } from "./limits.ts";

/** A conversation that every store has alike. */
export interface TranscriptText {
  readonly claim: string;
  readonly text: string;
  /** What the account may hold. */
  readonly limitBytes?: number;
  /** Of the server. */
  readonly limits?: Partial<ImapLimits>;
}

/** Transcript of appending a message that came on a day of January 2026. */
export function append(mailbox: string, message: string, day = 5): string {
  const bytes = message.replaceAll("\n", "\r\n");
  const date = `${String(day).padStart(2, "0")}-Jan-2026 10:00:00 +0000`;
  const literal = bytes.replaceAll("\r", "\\r").replaceAll("\n", "\\n");
  return `C: x APPEND ${mailbox} "${date}" {${Buffer.byteLength(bytes)}+}
    C!: ${literal}\\r\\n
    S*: x OK [APPENDUID <<\\d+>> <<\\d+>>] APPEND completed\n`;
}

/** Transcript of selecting a mailbox. */
export const select = (mailbox: string) => `C: s SELECT ${mailbox}
  S*: s OK [READ-WRITE] SELECT completed\n`;
