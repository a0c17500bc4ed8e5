import { expect, test } from "vitest";
import { askedPlaces, isSameWord, loadWords, makePassphrase, passphraseWords } from "./passphrase.ts";

test.each(["it", "en"] as const)(
  "a backup password is seven of 2048 plain words in %s, never the same twice",
  async (language) => {
    const words = await loadWords(language);
    expect(words).toHaveLength(2048);
    expect(words.filter((word) => !/^[a-z]{3,9}$/.test(word))).toEqual([]);
    expect(new Set(words).size).toBe(2048);
    const made = Array.from({ length: 200 }, () => makePassphrase(words));
    expect(
      made.every((phrase) => phrase.length === passphraseWords && phrase.every((word) => words.includes(word))),
    ).toBe(true);
    expect(new Set(made.map((phrase) => phrase.join(" "))).size).toBe(200);
  },
);

test("two different places are asked for, and every place at some time", () => {
  const asked = Array.from({ length: 500 }, askedPlaces);
  expect(
    asked.every(([first = 0, second = 0, ...more]) => first < second && second < passphraseWords && more.length === 0),
  ).toBe(true);
  expect(new Set(asked.flat()).size).toBe(passphraseWords);
});

test("case and blanks around a word do not count, another word does", () => {
  expect(isSameWord(" Abaco ", "abaco")).toBe(true);
  expect(isSameWord("abac", "abaco")).toBe(false);
  expect(isSameWord("", undefined)).toBe(false);
});
