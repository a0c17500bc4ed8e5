import { Failure } from "@casaforte/kernel";
import { decodeUtf8, encodeUtf8 } from "./text.ts";

/** Separates the levels of a mailbox name. */
export const delimiter = "/";

/**
 * A mailbox name from the wire to Unicode. Modified UTF-7 (RFC 3501 §5.1.3), or UTF-8 when the session accepts it or
 * the name has 8-bit bytes (leniency). INBOX is spelled so in any case; names are NFC.
 * @throws invalid `imap.mailbox_name`.
 */
export function decodeMailboxName(binary: string, utf8: boolean): string {
  const raw = utf8 || /[\x80-\xff]/.test(binary) ? decodeUtf8(binary) : decodeModifiedUtf7(binary);
  const name = raw.normalize("NFC");
  if (/[\x00-\x1f\x7f\u2028\u2029]/.test(name)) throw badName("Mailbox names have no control characters");
  if (!/^inbox(?:\/|$)/i.test(name)) return name;
  return `INBOX${name.slice(5)}`;
}

/** A mailbox name to the wire, before quoting. */
export function encodeMailboxName(name: string, utf8: boolean): string {
  return utf8 ? encodeUtf8(name) : encodeModifiedUtf7(name);
}

/** Checks a name that shall be created. @throws invalid `imap.mailbox_name`. */
export function checkNewMailboxName(name: string, limits: { mailboxNameLength: number; mailboxLevels: number }): void {
  const levels = name.split(delimiter);
  if (name.length > limits.mailboxNameLength) throw badName("The mailbox name is too long");
  if (levels.length > limits.mailboxLevels) throw badName("The mailbox name has too many levels");
  if (levels.some((level) => level === "")) throw badName("A mailbox name has no empty level");
  if (/[*%]/.test(name)) throw badName("A mailbox name has no * or %");
}

export function badName(message: string): Failure {
  return new Failure("invalid", "imap.mailbox_name", message);
}

export function decodeModifiedUtf7(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^-]*)(-?)/g, (_, code: string, end: string) => {
    if (end === "" || !/^[A-Za-z0-9+,]*$/.test(code)) throw badName("The mailbox name is not in modified UTF-7");
    if (code === "") return "&";
    const bytes = Buffer.from(code.replaceAll(",", "/"), "base64");
    if (bytes.length === 0 || bytes.length % 2 !== 0) throw badName("The mailbox name is not in modified UTF-7");
    const decoded = bytes.swap16().toString("utf16le");
    if (!decoded.isWellFormed()) throw badName("The mailbox name is not in modified UTF-7");
    return decoded;
  });
}

export function encodeModifiedUtf7(name: string): string {
  if (/^[\x20-\x25\x27-\x7e]*$/.test(name)) return name;
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === "&") return "&-";
    const base64 = Buffer.from(run, "utf16le").swap16().toString("base64");
    return `&${base64.replaceAll("/", ",").replace(/=+$/, "")}-`;
  });
}
