export * from "./drain-body.ts";
export * from "./face.ts";
export * from "./limits.ts";
export * from "./listen-plain.ts";
export * from "./problem.ts";
export * from "./static-app.ts";
