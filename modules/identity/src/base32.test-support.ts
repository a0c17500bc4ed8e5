/** What an authenticator app reads of its typed secret: RFC 4648 §6 base32, either case, whatever else stands between. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = [...text.toLowerCase().replace(/[^a-z2-7]/g, "")]
    .map((letter) => "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
