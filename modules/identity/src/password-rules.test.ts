import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPassword } from "./password-rules.ts";

const verdict = (password: string, words: readonly string[] = []): string => {
  try {
    checkPassword(password, words);
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test.each([
  "passwordpassword",
  "password1234",
  "P@ssw0rd2024!",
  "123456789012",
  "qwertyuiop12",
  "qwertyuiopas",
  "aaaaaaaaaaaa",
  "abcabcabcabc",
  "iloveyou1234",
  "1qaz2wsx3edc",
  "juventus1897!",
  "Benvenuto2026",
  "ciaociaociao",
  "admin1234567",
  "abcdefghijkl",
  "Amministratore1",
  "000000000000",
])("refuses %s", (password) => expect(verdict(password)).toBe("identity.password_common"));

test.each([
  "correct horse battery staple",
  "quattro pioppi lungo il fiume",
  "tR7#kq09Lm-zz",
  "ùèéìòàç€ñß漢字かな",
  "il mio gatto beve caffè",
])("accepts %s", (password) => expect(verdict(password)).toBe("ok"));

test("refuses what is made of the product, the login or the company", () => {
  const words = ["casaforte", "anna.bianchi@rossi-srl.example", "Rossi Impianti"];
  for (const password of ["casaforte2026", "Rossi Impianti1", "anna.bianchi99", "rossi-srl.example"])
    expect(verdict(password, words)).toBe("identity.password_common");
  expect(verdict("gli impianti della nonna volano", words)).toBe("ok");
});

test("counts characters, not bytes, and truncates nothing", () => {
  expect(verdict("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔")).toBe("identity.password_short");
  expect(verdict("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧")).toBe("ok");
  expect(verdict("xy7".repeat(50))).toBe("identity.password_long");
});

test("never throws anything but its own three codes and stays quick on any input", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 128 }),
      fc.array(fc.string({ maxLength: 50 }), { maxLength: 4 }),
      (password, words) =>
        ["ok", "identity.password_short", "identity.password_long", "identity.password_common"].includes(
          verdict(password, words),
        ),
    ),
    { numRuns: 300 },
  );
});
