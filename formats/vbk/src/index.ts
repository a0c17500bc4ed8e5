export * from "./layout.ts";
export { limits as vbkLimits } from "./limits.ts";
export { type OpenOptions, openContainer, readKeySetRecords } from "./open-container.ts";
export { type PackOptions, packBlock } from "./pack-block.ts";
export * from "./types.ts";
export { type BuilderOptions, VbkBuilder } from "./vbk-builder.ts";
export { type VerifyResult, verifyContainer } from "./verify-container.ts";
