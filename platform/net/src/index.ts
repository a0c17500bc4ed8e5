export type { DnsAnswer, DnsType } from "./dns-message.ts";
export * from "./limits.ts";
export * from "./listen.ts";
export * from "./post-public.ts";
export * from "./public-address.ts";
export * from "./read-into.ts";
export * from "./server-certificates.ts";
export * from "./tlsa.ts";
export * from "./validating-resolver.ts";
