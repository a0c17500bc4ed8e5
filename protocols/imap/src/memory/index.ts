export { MemoryMail } from "./memory-account.ts";
export { MemoryImapBackend } from "./memory-backend.ts";
