import { createHash } from "node:crypto";

/** One server as mail programs are told of it. */
export interface MailServer {
  readonly protocol: "imap" | "pop3" | "smtp";
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte (RFC 8314); `starttls` begins in clear. */
  readonly tls: "implicit" | "starttls";
}

export interface ClientSettings {
  readonly provider: string;
  readonly domain: string;
  /** Best first. */
  readonly servers: readonly MailServer[];
  /** Where JMAP is for programs that speak it; null where it is not offered. */
  readonly jmapUrl: string | null;
  /** Whether programs may come in with an access token (OAuth 2) beside a password. */
  readonly takesTokens: boolean;
}

/** Text inside XML, whatever it holds. */
export const xml = (text: string): string =>
  text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "").replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** The same UUID (version 8) for the same words, so that a profile loaded again takes the place of the first. */
export function stableUuid(...words: readonly string[]): string {
  const hex = createHash("sha256").update(words.join("\0")).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`.toUpperCase();
}
