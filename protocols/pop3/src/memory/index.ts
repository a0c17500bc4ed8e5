export { MemoryInbox, MemoryPop3Backend } from "./memory-backend.ts";
