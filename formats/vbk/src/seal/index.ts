export type { SealCrypto } from "./crypto-port.ts";
export { unwrapForDevice, wrapForDevice } from "./device-wrap.ts";
export { FileKeys, type FileKeysInput } from "./file-keys.ts";
export {
  addRecovery,
  changePassword,
  createKeyring,
  describeKeyring,
  type KeyringContext,
  type KeyringSecret,
  passwordRecordOf,
  unlockKeyring,
} from "./keyring.ts";
export { nodeCrypto } from "./node-crypto.ts";
export { unlockEmbedded } from "./password-wrap.ts";
export { type BlockKeys, type SealOptions, sealBlock, sealBlockInto } from "./seal-block.ts";
export { type DocumentIdentity, describeSealedVbm, openSealedVbm, sealVbm } from "./sealed-vbm.ts";
export { StorageKey } from "./storage-key.ts";
export { type UnsealedAs, unsealBlock } from "./unseal-block.ts";
export { createUnsealer } from "./unsealer.ts";
export { webCrypto } from "./web-crypto.ts";
