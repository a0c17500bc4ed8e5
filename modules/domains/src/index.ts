import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

export * from "./activate-domain.ts";
export * from "./add-address.ts";
export * from "./add-domain.ts";
export * from "./address.ts";
export { type CheckedRecord, checkRecords, type DnsLookups } from "./check-records.ts";
export { type DkimKeyPair, generateDkimKey } from "./dkim-key.ts";
export * from "./dkim-keys.ts";
export * from "./dns-records.ts";
export * from "./http.ts";
export type { DomainHttpServices } from "./http-services.ts";
export * from "./invariants.ts";
export { type DomainJobServices, jobHandlers, jobSchedules } from "./jobs.ts";
export * from "./limits.ts";
export * from "./list-domains.ts";
export * from "./remove-address.ts";
export * from "./remove-domain.ts";
export * from "./resolve-recipient.ts";
export * from "./send-rights.ts";
export * from "./set-alias-domain.ts";
export * from "./sts-mode.ts";
export type * from "./types.ts";
export * from "./update-address.ts";

/** Tables `domains_*`. */
export const migrations: MigrationSource = {
  module: "domains",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
