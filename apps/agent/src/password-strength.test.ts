import { expect, test } from "vitest";
import { passwordWeakness } from "./password-strength.ts";

test("a password that could be guessed is refused, and the reason is said in words", () => {
  expect(passwordWeakness("short 1!")).toMatch(/8 characters/);
  expect(passwordWeakness("aaaaaaaaaaaa")).toMatch(/few different/);
  expect(passwordWeakness("qwertyuiop12345")).toMatch(/neighbours/);
  expect(passwordWeakness("9876543210")).toMatch(/neighbours/);
  expect(passwordWeakness("Password2026!")).toMatch(/without “password”/);
  expect(passwordWeakness("web-server-1", ["web-server-1"])).toMatch(/without “web-server-1”/);
  expect(passwordWeakness("kx3!pkx3!pkx3!p")).toMatch(/again and again/);
});

test("a few words, and a generated one, are taken", () => {
  for (const password of [
    "correct horse battery",
    "another horse",
    "u8#kQm2!vZrt",
    "tre gatti sul tetto",
    "パスワードは長いほど良い",
  ]) {
    expect(passwordWeakness(password)).toBeNull();
  }
});
