export * from "./face.ts";
export * from "./limits.ts";
export * from "./problem.ts";
export * from "./static-app.ts";
