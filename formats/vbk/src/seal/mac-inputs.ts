/** What a block's authenticator covers: key set, length, ciphertext. Its place is bound by the authentication table. */
export function blockMacInput(keySetId: Uint8Array, ciphertext: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, ciphertext.length, true);
  return [keySetId, length, ciphertext];
}

/** What a bank's authenticator covers: file, bank number, length, bytes as stored. */
export function bankMacInput(fileId: Uint8Array, bank: number, stored: Uint8Array): readonly Uint8Array[] {
  const numbers = new Uint8Array(8);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, bank, true);
  view.setUint32(4, stored.length, true);
  return [fileId, numbers, stored];
}
