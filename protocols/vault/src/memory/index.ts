export { type MemoryVault, type MemoryVaultOptions, startMemoryVault } from "./memory-vault.ts";
export type { Fate } from "./server.ts";
