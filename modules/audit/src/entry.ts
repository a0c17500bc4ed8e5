import type { Actor } from "@casaforte/kernel";

export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [key: string]: AuditValue };
export type AuditDetails = Readonly<Record<string, AuditValue>>;

/** One row of the log (R89): who, what, when, from where, on what, and the old and new values in `details`. */
export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: Actor["kind"];
  /** Principal, mail account or device id; the name of a system actor; null for a visitor. */
  readonly actorId: string | null;
  readonly actorRoles: readonly string[];
  readonly actorIp: string | null;
  /** Dotted and stable: `identity.signed_in`. */
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string;
  readonly details: AuditDetails;
}
