export { MemoryManageSieveBackend } from "./memory-backend.ts";
