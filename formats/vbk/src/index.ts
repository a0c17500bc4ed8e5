export * from "./layout.ts";
export { limits as vbkLimits } from "./limits.ts";
export { packBlock } from "./pack-block.ts";
export * from "./types.ts";
export { VbkBuilder } from "./vbk-builder.ts";
