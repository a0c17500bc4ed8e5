import type { Id, PrincipalId, SiteId, TenantId } from "@casaforte/kernel";

export type NoticeId = Id<"Notice">;
export type NoticeUpdateId = Id<"NoticeUpdate">;
export type FaultId = Id<"Fault">;
export type ContactId = Id<"Contact">;
export type SubscriberId = Id<"Subscriber">;
export type Language = "it" | "en";
export const noticeServices = ["backup", "mail", "console"] as const;
export type NoticeService = (typeof noticeServices)[number];
export type NoticeSeverity = "minor" | "major" | "critical";
export type IncidentState = "investigating" | "identified" | "monitoring" | "resolved";
export type MaintenanceState = "planned" | "started" | "ended" | "cancelled";
export type NoticeState = IncidentState | MaintenanceState;
/** `technical`: incidents, maintenance and warnings. */
export const contactPurposes = ["incidents", "technical", "billing", "security", "legal"] as const;
export type ContactPurpose = (typeof contactPurposes)[number];

/** What a notice is about; who is affected follows from it. */
export interface Scope {
  readonly services: readonly NoticeService[];
  /** Null: every site. */
  readonly siteId: SiteId | null;
  /** A storage server; operators' eyes only (R7). */
  readonly hostId: string | null;
}

/** What tells customers of an incident or maintenance. */
export interface Notice extends Scope {
  readonly id: NoticeId;
  readonly kind: "incident" | "maintenance";
  readonly severity: NoticeSeverity;
  readonly state: NoticeState;
  readonly titleIt: string;
  readonly titleEn: string;
  readonly plannedFrom: Date | null;
  readonly plannedUntil: Date | null;
  /** When the interruption began, where that was before the notice. */
  readonly beganAt: Date | null;
  readonly openedAt: Date;
  readonly updatedAt: Date;
  readonly closedAt: Date | null;
}

export interface NoticeUpdate {
  readonly noticeId: NoticeId;
  readonly id: NoticeUpdateId;
  readonly state: NoticeState;
  readonly isReport: boolean;
  readonly textIt: string;
  readonly textEn: string;
  readonly at: Date;
}

/** A part that does not answer (R23). */
export interface Fault {
  readonly id: FaultId;
  readonly checkKey: string;
  readonly service: NoticeService;
  readonly siteId: SiteId | null;
  readonly hostId: string | null;
  readonly usualMs: number;
  readonly detectedAt: Date;
  readonly acknowledgedAt: Date | null;
  /** When somebody began to work on it. */
  readonly startedAt: Date | null;
  /** When the faulty part was replaced, or its work moved elsewhere. */
  readonly replacedAt: Date | null;
  readonly closedAt: Date | null;
  readonly noticeId: NoticeId | null;
}

export interface Recipient {
  readonly address: string;
  readonly language: Language;
}

export interface Contact extends Recipient {
  readonly tenantId: TenantId;
  readonly id: ContactId;
  readonly purpose: ContactPurpose;
  readonly askedAt: Date;
  readonly confirmedAt: Date | null;
  /** Mail to it came back for good then, with these words of the other side; nothing is sent there. */
  readonly bouncedAt: Date | null;
  readonly bounceReply: string | null;
}

/** The one part of the status page to hear of; null: every service, every site. */
export interface SubscribedPart {
  readonly service: NoticeService | null;
  readonly siteId: SiteId | null;
}

export interface Subscriber extends Recipient, SubscribedPart {
  readonly id: SubscriberId;
  readonly askedAt: Date;
  readonly confirmedAt: Date | null;
}

export type Author = PrincipalId | null;
