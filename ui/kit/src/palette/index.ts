export * from "./match-entries.ts";
export * from "./palette.tsx";
export * from "./palette-text.ts";
