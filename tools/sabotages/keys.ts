import type { Sabotage } from "./sabotage.ts";

const keyring = "formats/vbk/src/seal/keyring.test.ts";

/** What seals a backup, and what may be known of a password. */
export const keys: readonly Sabotage[] = [
  {
    rows: [54],
    what: "a block is opened without a look at its authenticator",
    file: "formats/vbk/src/seal/unsealer.ts",
    find: 'if (!equalBytes(expected, tag)) throw forged("vbk.block_authentication", "a block");',
    replace: 'if (expected.length !== tag.length) throw forged("vbk.block_authentication", "a block");',
    test: { file: "formats/vbk/src/seal/web-crypto.test.ts", name: "R54: a file sealed by the agent" },
  },
  {
    rows: [54],
    what: "the cipher is another mode of AES",
    file: "formats/vbk/src/seal/cbc.ts",
    find: 'feedCipher(createCipheriv("aes-256-cbc", key, iv), [plain], ciphertext);',
    replace: 'feedCipher(createCipheriv("aes-256-ctr", key, iv), [plain], ciphertext);',
    test: { file: keyring, name: "R54, R55: derivation" },
  },
  {
    rows: [54],
    what: "every chain has the same key",
    file: "formats/vbk/src/seal/storage-key.ts",
    find: "random.bytes(materialBytes)",
    replace: "new Uint8Array(materialBytes)",
    test: { file: "formats/vbk/src/seal/file-keys.test.ts", name: "R54: each chain and each file" },
  },
  {
    rows: [55],
    what: "a key record of fewer rounds is taken",
    file: "formats/vbk/src/seal/keyring-codec.ts",
    find: " || view.getUint32(0x08, true) !== kdf.rounds",
    replace: "",
    test: { file: keyring, name: "R55: a record with fewer rounds" },
  },
  {
    rows: [55],
    what: "fewer rounds are written",
    file: "formats/vbk/src/seal/password-wrap.ts",
    find: "crypto.pbkdf2Sha256(bytes, salt, kdf.rounds, materialBytes)",
    replace: "crypto.pbkdf2Sha256(bytes, salt, kdf.rounds / 10, materialBytes)",
    test: { file: keyring, name: "R54, R55: derivation" },
  },
  {
    rows: [56],
    what: "the key lies beside its wrap",
    file: "formats/vbk/src/seal/password-wrap.ts",
    find: "const wrapped = await crypto.encryptCbc(key, iv, plain);",
    replace: "const wrapped = concatBytes([plain.slice(), new Uint8Array(wrappedBytes - plain.length)]);",
    test: { file: keyring, name: "R56: no keyring and no wrap" },
  },
  {
    rows: [57],
    what: "a wrong password is not told from damage",
    file: "formats/vbk/src/seal/password-wrap.ts",
    find: "if (!equalBytes(check, wrap.check)) {",
    replace: "if (check.length !== wrap.check.length) {",
    test: { file: "apps/console/src/restore/engine.test.ts", name: "R57: a wrong password" },
  },
];
