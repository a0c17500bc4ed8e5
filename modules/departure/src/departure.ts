import type { Id, TenantId } from "@casaforte/kernel";

export type DepartureId = Id<"Departure">;
export type ExportId = Id<"Export">;
export type DepartureState = "retrieval" | "erasing" | "erased" | "cancelled";

export interface Departure {
  readonly tenantId: TenantId;
  readonly id: DepartureId;
  readonly state: DepartureState;
  readonly askedBy: "customer" | "provider";
  readonly requestedAt: Date;
  readonly retrievalUntil: Date;
  readonly eraseWantedAt: Date | null;
  readonly erasingAt: Date | null;
  readonly erasedAt: Date | null;
  readonly cancelledAt: Date | null;
  readonly certificate: string | null;
  readonly signature: string | null;
}

export interface ExportRow {
  readonly id: ExportId;
  readonly part: "settings" | "mail";
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

/** The end of one service while the customer stays. */
export interface ServiceDeparture {
  readonly tenantId: TenantId;
  readonly id: ServiceDepartureId;
  readonly kind: "space";
  readonly subjectId: string;
  readonly name: string;
  readonly state: "retrieval" | "erasing" | "erased" | "cancelled";
  readonly requestedAt: Date;
  readonly retrievalUntil: Date;
  readonly eraseWantedAt: Date | null;
  readonly erasingAt: Date | null;
  readonly erasedAt: Date | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly certificate: string | null;
  readonly signature: string | null;
}
