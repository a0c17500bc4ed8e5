export * from "./actor.ts";
export * from "./bytes.ts";
export * from "./connection.ts";
export * from "./crc.ts";
export * from "./failure.ts";
export * from "./ids.ts";
export * from "./ports.ts";
