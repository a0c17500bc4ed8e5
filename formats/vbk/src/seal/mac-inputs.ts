/** What a block's authenticator covers: key set, length, SHA-256 of the stored bytes. Its place is bound by the table. */
export function blockMacInput(keySetId: Uint8Array, storedSize: number, sha256: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, storedSize, true);
  return [keySetId, length, sha256];
}

/** What a bank's authenticator covers: file, bank number, length, bytes as stored. */
export function bankMacInput(fileId: Uint8Array, bank: number, stored: Uint8Array): readonly Uint8Array[] {
  const numbers = new Uint8Array(8);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, bank, true);
  view.setUint32(4, stored.length, true);
  return [fileId, numbers, stored];
}
