import type { Id, TenantId } from "@casaforte/kernel";

export type DepartureId = Id<"Departure">;
export type ExportId = Id<"Export">;
export type DepartureState = "retrieval" | "erasing" | "erased" | "cancelled";

/** What every end has, of the whole contract or of one service: a window, a wish for less, the deletion, a certificate. */
export interface Ending {
  readonly tenantId: TenantId;
  readonly state: DepartureState;
  readonly requestedAt: Date;
  readonly retrievalUntil: Date;
  readonly eraseWantedAt: Date | null;
  readonly erasingAt: Date | null;
  readonly erasedAt: Date | null;
  readonly certificate: string | null;
  readonly signature: string | null;
}

/** The end of the whole contract. */
export interface Departure extends Ending {
  readonly id: DepartureId;
  readonly askedBy: "customer" | "provider";
  readonly cancelledAt: Date | null;
}

export interface ExportRow {
  readonly id: ExportId;
  readonly part: "settings" | "mail";
  /** The mail of this domain alone. */
  readonly mailDomain: string | null;
  readonly state: "waiting" | "running" | "ready" | "failed" | "expired";
  readonly requestedAt: Date;
  readonly filesDone: bigint;
  readonly bytesDone: bigint;
  readonly blobId: string | null;
  readonly sha256: Buffer | null;
  readonly readyAt: Date | null;
  readonly expiresAt: Date | null;
  readonly failedCode: string | null;
}

export type ServiceDepartureId = Id<"ServiceDeparture">;

/** What may end alone while the customer stays: a backup space, or a mail domain with its mailboxes. */
export const serviceKinds = ["space", "mail_domain"] as const;
export type ServiceKind = (typeof serviceKinds)[number];

/** The end of one service while the customer stays. */
export interface ServiceDeparture extends Ending {
  readonly id: ServiceDepartureId;
  readonly kind: ServiceKind;
  readonly subjectId: string;
  readonly name: string;
  /** Ids of what belongs to it, once its deletion has begun. */
  readonly members: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}
