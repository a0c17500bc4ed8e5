export { applySetChange, MemoryAccount, type MemoryAccountOptions } from "./memory-account.ts";
export { MemoryBackend } from "./memory-backend.ts";
export { MemoryPush } from "./memory-push.ts";
