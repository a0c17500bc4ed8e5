import { Failure } from "@casaforte/kernel";
import { leakedWords } from "./leaked-words.ts";
import { identityLimits } from "./limits.ts";

/**
 * Refuses passwords that are too short, too long or too easily guessed. No composition rules, no truncation, any
 * character (ASVS 6.2.1–6.2.12). The common-password list is one of words: of twelve characters and more, the passwords
 * found in leaks are such words repeated, joined, or dressed with digits, so what remains after taking away common and
 * context words (product, login, company) must still be worth guessing at.
 * @throws invalid `identity.password_short`, `identity.password_long`, `identity.password_common`.
 */
export function checkPassword(password: string, contextWords: readonly string[]): void {
  const characters = [...password.normalize("NFC")];
  if (characters.length < identityLimits.passwordCharsMin)
    throw new Failure("invalid", "identity.password_short", "a password has at least 12 characters");
  if (characters.length > identityLimits.passwordCharsMax)
    throw new Failure("invalid", "identity.password_long", "a password has at most 128 characters");
  if (isCommon(password, contextWords))
    throw new Failure("invalid", "identity.password_common", "this password is too easy to guess; choose another");
}

/** Substitutions that every guessing tool tries first. */
const dressed: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

function isCommon(password: string, contextWords: readonly string[]): boolean {
  const lower = password.normalize("NFC").toLowerCase();
  if (new Set(lower).size < 5 || walksKeyboard(lower) || repeats(lower)) return true;
  const plain = [...lower].map((character) => dressed[character] ?? character).join("");
  const words = [...splitWords(contextWords), ...leakedWords].filter((word) => word.length >= 4);
  return remainder(lower, words) < 4 || remainder(plain, words) < 4;
}

function splitWords(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const lower = text.normalize("NFC").toLowerCase();
    return [lower, ...lower.split(/[^\p{L}\p{N}]+/u)];
  });
}

/** How many letters are left after the words, and the digits and signs that dress them, are taken away. */
function remainder(text: string, words: readonly string[]): number {
  let rest = text;
  let found = 0;
  for (const word of [...words].sort((a, b) => b.length - a.length)) {
    if (!rest.includes(word)) continue;
    found++;
    rest = rest.replaceAll(word, " ");
  }
  // Three or more different words make a passphrase, which is what we advise.
  if (found === 0 || found > 2) return Number.POSITIVE_INFINITY;
  return rest.replace(/[^\p{L}]/gu, "").length;
}

const rows = [
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "01234567890",
  "abcdefghijklmnopqrstuvwxyz",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
];

/** True when nearly all of it runs along a keyboard row, the alphabet or the digits, forwards or back. */
function walksKeyboard(text: string): boolean {
  let steps = 0;
  const walks = [...rows, ...rows.map((row) => [...row].reverse().join(""))];
  for (let index = 0; index + 3 <= text.length; index++) {
    const three = text.slice(index, index + 3);
    if (walks.some((walk) => walk.includes(three))) steps++;
  }
  return steps >= (text.length - 2) * 0.6;
}

/** True for one short piece over and over: abcabcabcabc, passepassepasse. */
function repeats(text: string): boolean {
  for (let size = 1; size <= Math.min(6, text.length / 2); size++) {
    const piece = text.slice(0, size);
    if (piece.repeat(Math.ceil(text.length / size)).startsWith(text)) return true;
  }
  return false;
}
