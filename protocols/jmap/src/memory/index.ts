export { applySetChange } from "./apply-set-change.ts";
export { MemoryAccount } from "./memory-account.ts";
export type { MemoryAccountOptions } from "./memory-account-options.ts";
export { MemoryBackend } from "./memory-backend.ts";
export { MemoryPush } from "./memory-push.ts";
