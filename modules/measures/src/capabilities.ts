export type Product = "backup" | "mail";

/**
 * What a measure can switch off. Reading, restoring, receiving mail, paying, exporting, asking for support and signing in to
 * the consoles are no capabilities: no measure takes them away.
 */
export const capabilities = [
  "backup.new",
  "backup.upload",
  "backup.manage",
  "mail.new",
  "mail.send",
  "mail.manage",
  "mail.programs",
] as const;
export type Capability = (typeof capabilities)[number];
