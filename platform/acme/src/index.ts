export * from "./account-key.ts";
export * from "./acme-client.ts";
export * from "./certificate-request.ts";
export * from "./limits.ts";
