import { sieveLimits } from "./limits.ts";
import { scriptFailure } from "./syntax.ts";

export type Token =
  | { readonly kind: "identifier" | "tag"; readonly text: string; readonly line: number }
  | { readonly kind: "string"; readonly text: string; readonly line: number }
  | { readonly kind: "number"; readonly value: number; readonly line: number }
  | { readonly kind: "punctuation"; readonly text: string; readonly line: number }
  | { readonly kind: "end"; readonly text: ""; readonly line: number };

const units: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Splits a script into tokens (RFC 5228 §8.1), comments left out. @throws invalid `sieve.script`. */
export function* tokensOf(script: string): Generator<Token> {
  let at = 0;
  let line = 1;
  const skip = (text: string): void => {
    at += text.length;
    for (const char of text) if (char === "\n") line++;
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(script);
  };
  while (at < script.length) {
    const blank = take(/(?:[ \t\r\n]+|#[^\n]*)+/y);
    if (blank) {
      skip(blank[0]);
      continue;
    }
    if (script.startsWith("/*", at)) {
      const end = script.indexOf("*/", at + 2);
      if (end < 0) throw scriptFailure(line, "the comment has no end");
      skip(script.slice(at, end + 2));
      continue;
    }
    const start = line;
    if (script.charAt(at) === '"') {
      const end = endOfQuoted(script, at + 1);
      if (end < 0) throw scriptFailure(start, "the string has no closing quote");
      const text = script.slice(at + 1, end).replace(/\\([\s\S])/g, "$1");
      skip(script.slice(at, end + 1));
      yield { kind: "string", text: bounded(text, start), line: start };
      continue;
    }
    const multiLine = take(/text:[ \t]*(?:#[^\n]*)?\r?\n/iy);
    if (multiLine) {
      skip(multiLine[0]);
      const body = take(/((?:(?!\.\r?(?:\n|$))[^\n]*\n)*)\.\r?(?:\n|$)/y);
      if (!body) throw scriptFailure(start, "the text has no line with a single dot at its end");
      skip(body[0]);
      const text = (body[1] ?? "").replace(/^\./gm, "").replace(/\r?\n/g, "\r\n");
      yield { kind: "string", text: bounded(text, start), line: start };
      continue;
    }
    const word = take(/:?[A-Za-z_][A-Za-z0-9_]*/y);
    if (word) {
      skip(word[0]);
      const isTag = word[0].startsWith(":");
      yield { kind: isTag ? "tag" : "identifier", text: word[0].slice(isTag ? 1 : 0).toLowerCase(), line: start };
      continue;
    }
    const number = take(/(\d{1,16})([kmg]?)(?![A-Za-z0-9_])/iy);
    if (number) {
      skip(number[0]);
      const value = Number(number[1]) * (units[(number[2] ?? "").toLowerCase()] ?? 1);
      if (!Number.isSafeInteger(value)) throw scriptFailure(start, "the number is too large");
      yield { kind: "number", value, line: start };
      continue;
    }
    const char = script.charAt(at);
    if (!"[](){},;".includes(char)) throw scriptFailure(start, `${JSON.stringify(char)} makes no sense here`);
    at++;
    yield { kind: "punctuation", text: char, line: start };
  }
  yield { kind: "end", text: "", line };
}

function endOfQuoted(script: string, from: number): number {
  for (let at = from; at < script.length; at++) {
    const char = script.charAt(at);
    if (char === "\\") at++;
    else if (char === '"') return at;
  }
  return -1;
}

function bounded(text: string, line: number): string {
  if (text.length > sieveLimits.stringMax) throw scriptFailure(line, "the string is too long");
  return text;
}
