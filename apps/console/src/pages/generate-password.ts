const alphabet = "abcdefghijkmnopqrstuvwxyz23456789";

/** Four groups of five: about 100 bits, readable aloud, no look-alikes. */
export function generatePassword(): string {
  const random = crypto.getRandomValues(new Uint8Array(20));
  const letters = [...random].map((byte) => alphabet.charAt(byte % alphabet.length));
  return [0, 5, 10, 15].map((at) => letters.slice(at, at + 5).join("")).join("-");
}
