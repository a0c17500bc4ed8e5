/** What a worker thread needs to seal and open blocks, and nothing that costs it time to load. */
export { blockBytes } from "../layout.ts";
export { copyBytes } from "../native-copy.ts";
export { type BlockKeys, type SealOptions, sealBlockInto, sealRoomBytes } from "./seal-block.ts";
export { type UnsealedAs, unsealBlock } from "./unseal-block.ts";
