/** Fewest characters of a new password that opens backups for good: nobody can slow a thief of the keyring down. */
export const passwordCharsMin = 10;
const distinctMin = 5;

/** Beginnings and whole words that every list of stolen passwords holds. */
const common = [
  "password",
  "passw0rd",
  "qwerty",
  "letmein",
  "iloveyou",
  "welcome",
  "admin",
  "casaforte",
  "segreta",
  "changeme",
  "abc123",
  "111111",
  "123123",
  "juventus",
  "ciaociao",
  "benvenuto",
];

/** Why a new encryption password is too easily guessed, in words; null when it is not. */
export function passwordWeakness(password: string, names: readonly string[] = []): string | null {
  const length = [...password].length;
  if (length < passwordCharsMin)
    return `it has ${length} characters: take at least ${passwordCharsMin}, best a few words`;
  const plain = password.toLowerCase();
  if (new Set(plain).size < distinctMin) return "it is made of very few different characters";
  if (isRun(plain)) return "it is a run of neighbours on the keyboard or in the alphabet";
  const known = [...common, ...names.map((name) => name.toLowerCase()).filter((name) => name.length >= 4)];
  const found = known.find((word) => plain.includes(word));
  if (found !== undefined && length - found.length < 8) {
    return `what is left of it without “${found}” is short: take words that do not belong together`;
  }
  if (isRepeated(plain)) return "it is one short piece said again and again";
  return null;
}

const rows = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** All of it, forwards or backwards, out of rows of neighbours of four and more. */
function isRun(text: string): boolean {
  let covered = 0;
  for (let at = 0; at < text.length; ) {
    let length = 1;
    for (const row of rows.flatMap((row) => [row, [...row].reverse().join("")])) {
      while (at + length < text.length && row.includes(text.slice(at, at + length + 1))) length++;
    }
    if (length >= 4) covered += length;
    at += length;
  }
  return text.length - covered < 4;
}

function isRepeated(text: string): boolean {
  for (let length = 1; length <= text.length / 3; length++) {
    if (
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .startsWith(text)
    )
      return true;
  }
  return false;
}
