import { utf8 } from "@casaforte/kernel";

/** HKDF info strings: one purpose each. FORMAT.md §8. */
export const labels = {
  blockMac: utf8("casaforte/seal/v1/block-mac"),
  bankMac: utf8("casaforte/seal/v1/bank-mac"),
  fileRoot: utf8("casaforte/seal/v1/file-root"),
  keyringMac: utf8("casaforte/seal/v1/keyring-mac"),
  passwordWrap: utf8("casaforte/seal/v1/password-wrap"),
  deviceWrap: utf8("casaforte/seal/v1/device-wrap"),
  vbm: utf8("casaforte/seal/v1/vbm"),
} as const;

/** A key of AES-256 and the IV that the layout ties to it. */
export const keyBytes = 32;
export const ivBytes = 16;
export const materialBytes = keyBytes + ivBytes;
