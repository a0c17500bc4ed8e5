import { argumentsMax } from "./limits.ts";

/** Strings are binary: one character a byte. */
export interface Command {
  /** In upper case. */
  readonly name: string;
  /** The name as it came: a SASL response is a command of one word. */
  readonly written: string;
  readonly arguments: readonly string[];
}

export type ReadResult =
  /** Not all of it is there. */
  | { readonly kind: "more" }
  | { readonly kind: "command"; readonly command: Command; readonly usedBytes: number }
  /** To be refused; the session goes on behind it. */
  | { readonly kind: "bad"; readonly reason: string; readonly usedBytes: number }
  /** Where the next command begins cannot be known: the session ends. */
  | { readonly kind: "lost"; readonly reason: string };

export interface ReadBounds {
  readonly lineBytes: number;
  readonly literalBytes: number;
}

/**
 * Reads one command (RFC 5804 §4) from the front of what has arrived. Pure: the same bytes give the same result however
 * they were split. A literal is jumped over, so that reading again as pieces come costs little.
 */
export function readCommand(buffer: string, bounds: ReadBounds): ReadResult {
  const words: string[] = [];
  let at = 0;
  let lineBytes = 0;
  let trouble: string | null = null;
  for (;;) {
    while (buffer.charAt(at) === " ") {
      at++;
      lineBytes++;
    }
    if (lineBytes > bounds.lineBytes) return { kind: "lost", reason: "the line is too long" };
    if (at >= buffer.length) return { kind: "more" };
    const char = buffer.charAt(at);
    if (char === "\r" || char === "\n") {
      if (char === "\r" && at + 1 >= buffer.length) return { kind: "more" };
      const usedBytes = at + (buffer.startsWith("\r\n", at) ? 2 : 1);
      return finish(words, trouble, usedBytes);
    }
    if (char === '"') {
      const quoted = readQuoted(buffer, at, bounds.lineBytes - lineBytes);
      if (quoted === "more" || quoted === "lost")
        return quoted === "more"
          ? { kind: "more" }
          : { kind: "lost", reason: "a quoted string does not end on its line" };
      lineBytes += quoted.end - at;
      at = quoted.end;
      words.push(quoted.value);
    } else if (char === "{") {
      const end = buffer.indexOf("\n", at);
      if (end < 0) {
        if (buffer.length - at > 32) return { kind: "lost", reason: "a literal makes no sense" };
        return { kind: "more" };
      }
      const match = /^\{(\d{1,10})\+?\}\r?$/.exec(buffer.slice(at, end));
      if (!match) return { kind: "lost", reason: "a literal makes no sense" };
      const size = Number(match[1]);
      if (size > bounds.literalBytes) return { kind: "lost", reason: "the literal is too long" };
      if (buffer.length < end + 1 + size) return { kind: "more" };
      words.push(buffer.slice(end + 1, end + 1 + size));
      lineBytes += end + 1 - at;
      at = end + 1 + size;
    } else {
      const word = /[^ \r\n"{]+/y;
      word.lastIndex = at;
      const found = word.exec(buffer)?.[0] ?? "";
      lineBytes += found.length;
      at += found.length;
      words.push(found);
    }
    if (words.length > argumentsMax + 1) {
      trouble = "there are too many arguments";
      words.length = argumentsMax + 1;
    }
  }
}

function finish(words: readonly string[], trouble: string | null, usedBytes: number): ReadResult {
  const [name = "", ...rest] = words;
  if (trouble !== null) return { kind: "bad", reason: trouble, usedBytes };
  return { kind: "command", command: { name: name.toUpperCase(), written: name, arguments: rest }, usedBytes };
}

function readQuoted(buffer: string, from: number, bytesMax: number): { value: string; end: number } | "more" | "lost" {
  let value = "";
  for (let at = from + 1; at < buffer.length; at++) {
    if (at - from > bytesMax) return "lost";
    const char = buffer.charAt(at);
    if (char === '"') return { value, end: at + 1 };
    if (char === "\r" || char === "\n") return "lost";
    if (char === "\\") {
      if (at + 1 >= buffer.length) return "more";
      at++;
    }
    value += buffer.charAt(at);
  }
  return "more";
}
