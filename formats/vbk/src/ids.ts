import { Failure, toHex } from "@casaforte/kernel";

/** A UUID's 16 bytes, in the order it is printed. @throws invalid `vbk.id`. */
export function idBytes(uuid: string): Uint8Array<ArrayBuffer> {
  const hex = uuid.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new Failure("invalid", "vbk.id", "not a lower-case UUID");
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 16; index++) bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

/** The UUID of 16 bytes. */
export function idText(bytes: Uint8Array): string {
  const hex = toHex(bytes.subarray(0, 16));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
