export type { SealCrypto } from "./crypto-port.ts";
export { FileKeys, type FileKeysInput } from "./file-keys.ts";
export { type BlockKeys, sealBlock } from "./seal-block.ts";
export { StorageKey } from "./storage-key.ts";
export { createUnsealer } from "./unsealer.ts";
