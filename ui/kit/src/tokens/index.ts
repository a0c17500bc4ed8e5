export { TokenSection } from "./token-section.tsx";
export type { TokenArea, TokenDesk, TokenObjects } from "./token-text.ts";
