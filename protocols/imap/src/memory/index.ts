export { MemoryImapBackend } from "./memory-backend.ts";
export { MemoryMail } from "./memory-mail.ts";
