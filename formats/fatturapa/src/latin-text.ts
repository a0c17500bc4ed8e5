const replacements: Readonly<Record<string, string>> = {
  "€": "EUR",
  "’": "'",
  "‘": "'",
  "“": '"',
  "”": '"',
  "–": "-",
  "—": "-",
  "…": "...",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  œ: "oe",
  Œ: "OE",
  ı: "i",
};

/** As `latinText`, without accents: some types of the schema are Basic Latin alone. */
export const basicText = (text: string, charsMax: number): string =>
  latinText(text.normalize("NFKD").replace(/\p{M}/gu, ""), 4 * charsMax)
    .replace(/[^\u0020-\u007e]/g, "?")
    .slice(0, charsMax)
    .trim() || "-";

/**
 * Text in the characters that the schema allows, Basic Latin and Latin-1: others lose their accents or become a question
 * mark, blanks are joined, and what is too long is cut. Never empty.
 */
export function latinText(text: string, charsMax: number): string {
  let latin = "";
  for (const character of text.normalize("NFC")) {
    if (/[\u0020-\u007e\u00a0-\u00ff]/.test(character)) latin += character;
    else if (/\s|\p{Cc}/u.test(character)) latin += " ";
    else {
      const plain = replacements[character] ?? character.normalize("NFKD").replace(/\p{M}/gu, "");
      latin += /^[\u0020-\u00ff]+$/.test(plain) ? plain : "?";
    }
  }
  const tidy = latin.replace(/\s+/g, " ").trim();
  return tidy.slice(0, charsMax).trim() || "-";
}
