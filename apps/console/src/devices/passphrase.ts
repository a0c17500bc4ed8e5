/** Of a generated backup password; 7 × 11 bits. */
export const passphraseWords = 7;
/** How many of them are asked for again. */
const askedWords = 2;
const listWords = 2048;

/** The 2048 words of BIP 39 in a language: no accents, no two that begin with the same four letters. */
export async function loadWords(language: "it" | "en"): Promise<readonly string[]> {
  const { wordlist } =
    language === "it"
      ? await import("@scure/bip39/wordlists/italian.js")
      : await import("@scure/bip39/wordlists/english.js");
  return wordlist;
}

/** Random numbers below a power of two: no remainder favours any. */
function numbersBelow(limit: number, count: number): number[] {
  return [...crypto.getRandomValues(new Uint16Array(count))].map((number) => number & (limit - 1));
}

/** Seven words, equally likely each, from the browser's own randomness. */
export const makePassphrase = (words: readonly string[]): readonly string[] =>
  numbersBelow(listWords, passphraseWords).map((index) => words[index] ?? "");

/** Which words are to be typed again: two different places, in their order, counted from nought. */
export function askedPlaces(): readonly number[] {
  const places = new Set<number>();
  while (places.size < askedWords)
    for (const number of numbersBelow(8, 1)) if (number < passphraseWords) places.add(number);
  return [...places].sort((a, b) => a - b);
}

/** Whether what was typed is that word: case and blanks around do not count. */
export const isSameWord = (typed: string, word: string | undefined): boolean => typed.trim().toLowerCase() === word;
