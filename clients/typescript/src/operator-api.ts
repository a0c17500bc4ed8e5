// Written by `npm run client` out of ../openapi-operator.json: change the contract, not this file.

import type { CallOptions } from "./api.ts";

/** Every call of the operators' console, by method and path. */
export interface OperatorApi {
  readonly "GET /api/abuse-cases": {
    readonly args: [input?: { readonly query?: { readonly state?: "open" | "closed" } }, options?: CallOptions];
    readonly reply: { readonly cases: ReadonlyArray<{ readonly id: string; readonly receivedAt: string; readonly feedbackType: string; readonly reporter: string; readonly sourceIp: string; readonly originalSender: string; readonly originalMessageId: string; readonly subject: string; readonly accused: ({ readonly tenantId: string; readonly mailAccountId: string }) | (null); readonly state: "open" | "closed" }> };
  };
  readonly "POST /api/abuse-cases/{id}/close": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/approvals": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly approvals: ReadonlyArray<{ readonly id: string; readonly kind: string; readonly subject: string; readonly payload: Readonly<Record<string, unknown>>; readonly state: "pending" | "approved" | "refused" | "withdrawn"; readonly requestedBy: string; readonly isOwn: boolean; readonly mayApprove: boolean; readonly requestedAt: string; readonly expiresAt: string; readonly decidedBy: (string) | (null); readonly decidedAt: (string) | (null); readonly reason: string | null }> };
  };
  readonly "POST /api/approvals/{id}/decision": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly decision: "approve" | "refuse" | "withdraw"; readonly reason?: string } }, options?: CallOptions];
    readonly reply: { readonly state: "approved" | "refused" | "withdrawn" };
  };
  readonly "GET /api/audit": {
    readonly args: [input?: { readonly query?: { readonly action?: string; readonly actorId?: string; readonly objectKind?: string; readonly objectId?: string; readonly from?: string; readonly until?: string; readonly tenantId?: string; readonly cursor?: string; readonly count?: number } }, options?: CallOptions];
    readonly reply: { readonly entries: ReadonlyArray<{ readonly id: string; readonly at: string; readonly actorKind: "user" | "operator" | "mail_account" | "device" | "visitor" | "system"; readonly actorId: string | null; readonly actorRoles: ReadonlyArray<string>; readonly actorIp: string | null; readonly action: string; readonly objectKind: string; readonly objectId: string; readonly details: Readonly<Record<string, unknown>> }>; readonly nextCursor: (string) | (null) };
  };
  readonly "GET /api/audit/export": {
    readonly args: [input: { readonly query: { readonly action?: string; readonly actorId?: string; readonly objectKind?: string; readonly objectId?: string; readonly from?: string; readonly until?: string; readonly tenantId?: string; readonly format: "csv" | "json" | "chain" } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/audit/verification": {
    readonly args: [input?: { readonly query?: { readonly tenantId?: string } }, options?: CallOptions];
    readonly reply: { readonly chained: number; readonly findings: ReadonlyArray<{ readonly entryId: string; readonly seq: (number) | (null); readonly fault: string }> };
  };
  readonly "POST /api/auth/account/erasure": {
    readonly args: [input: { readonly body: { readonly login: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/auth/bootstrap": {
    readonly args: [input: { readonly body: { readonly token: string; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly password: string } }, options?: CallOptions];
    readonly reply: ({ readonly step: "signed_in"; readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } }) | ({ readonly step: "second_factor"; readonly methods: ReadonlyArray<"totp" | "passkey" | "recovery_code"> });
  };
  readonly "GET /api/auth/data": {
    readonly args: [input?: { readonly query?: { readonly format?: "json" | "csv" } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "POST /api/auth/invitation/accept": {
    readonly args: [input: { readonly body: { readonly token: string; readonly password: string; readonly displayName: string; readonly language: "it" | "en" } }, options?: CallOptions];
    readonly reply: ({ readonly step: "signed_in"; readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } }) | ({ readonly step: "second_factor"; readonly methods: ReadonlyArray<"totp" | "passkey" | "recovery_code"> });
  };
  readonly "POST /api/auth/invitation/read": {
    readonly args: [input: { readonly body: { readonly token: string } }, options?: CallOptions];
    readonly reply: { readonly login: string; readonly displayName: string; readonly tenant: string; readonly language: "it" | "en" };
  };
  readonly "POST /api/auth/login-change": {
    readonly args: [input: { readonly body: { readonly login: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/auth/login-change/confirm": {
    readonly args: [input: { readonly body: { readonly token: string } }, options?: CallOptions];
    readonly reply: { readonly login: string };
  };
  readonly "GET /api/auth/passkeys": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly passkeys: ReadonlyArray<{ readonly id: string; readonly name: string; readonly backedUp: boolean; readonly createdAt: string; readonly lastUsedAt: (string) | (null); readonly suspectedCloneAt: (string) | (null) }> };
  };
  readonly "POST /api/auth/passkeys": {
    readonly args: [input: { readonly body: { readonly name: string; readonly response: { readonly id: string; readonly rawId: string; readonly type: "public-key"; readonly response: Readonly<Record<string, unknown>>; readonly clientExtensionResults: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>> } }, options?: CallOptions];
    readonly reply: { readonly recoveryCodes: (ReadonlyArray<string>) | (null); readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } };
  };
  readonly "DELETE /api/auth/passkeys/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/auth/passkeys/options": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly challenge: string } & Readonly<Record<string, unknown>>;
  };
  readonly "POST /api/auth/password": {
    readonly args: [input: { readonly body: { readonly password: string } }, options?: CallOptions];
    readonly reply: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string };
  };
  readonly "POST /api/auth/password-reset": {
    readonly args: [input: { readonly body: { readonly login: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/auth/password-reset/confirm": {
    readonly args: [input: { readonly body: { readonly token: string; readonly password: string } }, options?: CallOptions];
    readonly reply: { readonly login: string };
  };
  readonly "PUT /api/auth/profile": {
    readonly args: [input: { readonly body: { readonly displayName: string; readonly language: "it" | "en" } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/auth/reauthenticate": {
    readonly args: [input: { readonly body: ({ readonly method: "password"; readonly password: string }) | ({ readonly method: "passkey"; readonly response: { readonly id: string; readonly rawId: string; readonly type: "public-key"; readonly response: Readonly<Record<string, unknown>>; readonly clientExtensionResults: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>> }) }, options?: CallOptions];
    readonly reply: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string };
  };
  readonly "POST /api/auth/reauthenticate/options": {
    readonly args: [input: { readonly body: Readonly<Record<string, never>> }, options?: CallOptions];
    readonly reply: { readonly challenge: string } & Readonly<Record<string, unknown>>;
  };
  readonly "POST /api/auth/recovery-codes": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly recoveryCodes: ReadonlyArray<string> };
  };
  readonly "GET /api/auth/session": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string };
  };
  readonly "DELETE /api/auth/sessions": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly ended: number };
  };
  readonly "GET /api/auth/sessions": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly sessions: ReadonlyArray<{ readonly id: string; readonly isCurrent: boolean; readonly createdAt: string; readonly lastSeenAt: string; readonly expiresAt: string; readonly ip: string; readonly userAgent: string; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code"> }> };
  };
  readonly "DELETE /api/auth/sessions/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/auth/sign-in": {
    readonly args: [input: { readonly body: { readonly login: string; readonly password: string } }, options?: CallOptions];
    readonly reply: ({ readonly step: "signed_in"; readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } }) | ({ readonly step: "second_factor"; readonly methods: ReadonlyArray<"totp" | "passkey" | "recovery_code"> });
  };
  readonly "POST /api/auth/sign-in/code": {
    readonly args: [input: { readonly body: { readonly method: "totp" | "recovery_code"; readonly code: string } }, options?: CallOptions];
    readonly reply: ({ readonly step: "signed_in"; readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } }) | ({ readonly step: "second_factor"; readonly methods: ReadonlyArray<"totp" | "passkey" | "recovery_code"> });
  };
  readonly "POST /api/auth/sign-in/passkey": {
    readonly args: [input: { readonly body: { readonly response: { readonly id: string; readonly rawId: string; readonly type: "public-key"; readonly response: Readonly<Record<string, unknown>>; readonly clientExtensionResults: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>; readonly alone?: boolean } }, options?: CallOptions];
    readonly reply: ({ readonly step: "signed_in"; readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } }) | ({ readonly step: "second_factor"; readonly methods: ReadonlyArray<"totp" | "passkey" | "recovery_code"> });
  };
  readonly "POST /api/auth/sign-in/passkey/options": {
    readonly args: [input: { readonly body: { readonly alone?: boolean } }, options?: CallOptions];
    readonly reply: { readonly challenge: string } & Readonly<Record<string, unknown>>;
  };
  readonly "POST /api/auth/sign-out": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "DELETE /api/auth/totp": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/auth/totp": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly secret: string; readonly uri: string };
  };
  readonly "POST /api/auth/totp/confirm": {
    readonly args: [input: { readonly body: { readonly code: string } }, options?: CallOptions];
    readonly reply: { readonly recoveryCodes: (ReadonlyArray<string>) | (null); readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } };
  };
  readonly "GET /api/billing/archive": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly years: ReadonlyArray<{ readonly year: number; readonly invoices: number }>; readonly lastCheck: ({ readonly at: string; readonly documents: number; readonly damaged: number; readonly isListKept: boolean | null; readonly isSound: boolean }) | (null) };
  };
  readonly "GET /api/billing/archive/export": {
    readonly args: [input?: { readonly query?: { readonly year?: number } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/billing/invoices": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly invoices: ReadonlyArray<{ readonly id: string; readonly kind: "invoice" | "credit_note"; readonly state: "draft" | "issued"; readonly number: string | null; readonly issuedOn: (string) | (null); readonly dueOn: (string) | (null); readonly totalCents: number; readonly vatTreatment: "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending"; readonly tenantId: string; readonly tenantName: string; readonly openCents: number; readonly step: number; readonly exchange: "not_sent" | "sent" | "delivered" | "rejected" | "undeliverable" }> };
  };
  readonly "GET /api/billing/invoices/{tenantId}/{id}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly kind: "invoice" | "credit_note"; readonly state: "draft" | "issued"; readonly number: string | null; readonly issuedOn: (string) | (null); readonly dueOn: (string) | (null); readonly until: string; readonly netCents: number; readonly vatCents: number; readonly totalCents: number; readonly vatTreatment: "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending"; readonly lines: ReadonlyArray<{ readonly descriptionIt: string; readonly descriptionEn: string; readonly serviceId: string; readonly unit: "hour" | "month" | "once"; readonly from: string; readonly until: string; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number; readonly nature: string | null; readonly isCorrection: boolean; readonly line: number }>; readonly vat: ReadonlyArray<{ readonly basisPoints: number; readonly nature: string | null; readonly netCents: number; readonly vatCents: number; readonly legalIt: string | null; readonly legalEn: string | null }>; readonly openCents: number; readonly transfer?: ({ readonly beneficiary: string; readonly iban: string; readonly reference: string; readonly code: string }) | (null); readonly exchange: "not_sent" | "sent" | "delivered" | "rejected" | "undeliverable"; readonly credits: (string) | (null); readonly payments: ReadonlyArray<{ readonly cents: number; readonly paidOn: string; readonly method: string; readonly reference: string }>; readonly documents: ReadonlyArray<{ readonly kind: "pdf_it" | "pdf_en" | "xml"; readonly fileName: string; readonly sha256: string; readonly keepUntil: string }> };
  };
  readonly "POST /api/billing/invoices/{tenantId}/{id}/credit": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: string | null };
  };
  readonly "GET /api/billing/invoices/{tenantId}/{id}/lines/{line}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string; readonly line: string } }, options?: CallOptions];
    readonly reply: { readonly line: { readonly descriptionIt: string; readonly descriptionEn: string; readonly serviceId: string; readonly unit: "hour" | "month" | "once"; readonly from: string; readonly until: string; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number; readonly nature: string | null; readonly isCorrection: boolean; readonly line: number }; readonly recount: ({ readonly quantity: number; readonly priceMicros: (number) | (null); readonly netCents: number; readonly isSame: boolean }) | (null); readonly units: ReadonlyArray<{ readonly id: string; readonly subjectId: string; readonly from: string; readonly to: string; readonly quantity: number; readonly closedAt: string }>; readonly unitsLeft: number; readonly events: ReadonlyArray<{ readonly subjectId: string; readonly at: string; readonly kind: "started" | "changed" | "ended"; readonly sku: string | null; readonly quantity: (number) | (null) }>; readonly eventsLeft: number; readonly gaps: ReadonlyArray<{ readonly subjectId: string; readonly from: string; readonly until: string; readonly isExplained: boolean }> };
  };
  readonly "POST /api/billing/invoices/{tenantId}/{id}/payments": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly key: string; readonly cents: number; readonly paidOn: string; readonly method: "bank_transfer" | "sepa" | "card" | "other"; readonly reference: string; readonly serviceId?: (string) | (null) } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/billing/invoices/{tenantId}/{id}/transmissions": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly fileName: string };
  };
  readonly "POST /api/billing/invoices/receipts": {
    readonly args: [input: { readonly body: { readonly xml: string } }, options?: CallOptions];
    readonly reply: { readonly kind: "delivered" | "rejected" | "undeliverable" };
  };
  readonly "POST /api/billing/invoices/run": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly issued: number; readonly held: ReadonlyArray<{ readonly tenantId: string; readonly code: string }> };
  };
  readonly "GET /api/billing/price-preview": {
    readonly args: [input: { readonly query: { readonly sku: string; readonly unit: "hour" | "month"; readonly priceMicros: number; readonly validFrom: string; readonly tenantId?: string } }, options?: CallOptions];
    readonly reply: { readonly basis: "issued" | "draft"; readonly customers: number; readonly held: number; readonly beforeCents: number; readonly afterCents: number; readonly largest: ReadonlyArray<{ readonly tenantId: string; readonly name: string; readonly beforeCents: number; readonly afterCents: number }>; readonly inForceMicros: (number) | (null); readonly invoice: ({ readonly tenantId: string; readonly name: string; readonly number: string | null; readonly lines: ReadonlyArray<{ readonly descriptionIt: string; readonly descriptionEn: string; readonly serviceId: string; readonly unit: "hour" | "month" | "once"; readonly from: string; readonly until: string; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number; readonly nature: string | null; readonly isCorrection: boolean; readonly line: number; readonly newPriceMicros: number; readonly newNetCents: number }>; readonly before: { readonly netCents: number; readonly vatCents: number; readonly totalCents: number }; readonly after: { readonly netCents: number; readonly vatCents: number; readonly totalCents: number } }) | (null) };
  };
  readonly "GET /api/billing/settings": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly series: string; readonly taxRegime: string; readonly paymentDays: number; readonly iban: (string) | (null); readonly usesOss: boolean };
  };
  readonly "PUT /api/billing/settings": {
    readonly args: [input: { readonly body: { readonly series: string; readonly taxRegime: string; readonly paymentDays: number; readonly iban: (string) | (null); readonly usesOss: boolean } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/board": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly late: ReadonlyArray<{ readonly cause: string; readonly agentVersion: string; readonly devices: number; readonly customers: number }>; readonly fullSoon: ReadonlyArray<{ readonly id: string; readonly site: string; readonly days: number; readonly note: ({ readonly text: string; readonly at: string }) | (null) }>; readonly certificates: ReadonlyArray<{ readonly name: string; readonly tenantId: (string) | (null); readonly endsAt: (string) | (null); readonly trouble: ("no_dns" | "elsewhere" | "dns_silent" | "limit" | "rate_limited" | "refused" | "away") | (null); readonly words: string }>; readonly authorities: { readonly soon: number; readonly late: number }; readonly escrow: ReadonlyArray<{ readonly keyId: number; readonly checkedAt: (string) | (null) }>; readonly ownAddresses: { readonly state: "watched" | "no_list" | "no_address"; readonly addresses: ReadonlyArray<string>; readonly askedAt: (string) | (null); readonly listed: ReadonlyArray<{ readonly address: string; readonly list: string; readonly since: string; readonly words: string; readonly page: string | null }>; readonly silent: ReadonlyArray<{ readonly list: string; readonly answeredAt: (string) | (null) }> }; readonly seen: ({ readonly at: string; readonly name: string }) | (null); readonly readAt: string };
  };
  readonly "POST /api/board/late/tickets": {
    readonly args: [input: { readonly body: { readonly cause: string; readonly agentVersion: string; readonly texts: { readonly it: { readonly subject: string; readonly body: string }; readonly en: { readonly subject: string; readonly body: string } } } }, options?: CallOptions];
    readonly reply: { readonly opened: number; readonly unreached: number; readonly known: number; readonly left: number };
  };
  readonly "POST /api/board/seen": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/board/sites/{id}/notes": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly text: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/catalogue": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly versions: ReadonlyArray<{ readonly sku: string; readonly version: number; readonly product: "backup" | "mail"; readonly name: { readonly it: string; readonly en: string }; readonly description: { readonly it: string; readonly en: string }; readonly siteId: string | null; readonly capacityBytes: (number) | (null); readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: string; readonly hostUse: "shared" | "reserved"; readonly ipAddresses: number; readonly quantityMax: number; readonly units: ReadonlyArray<"hour" | "month">; readonly validFrom: string; readonly soldUntil: (string) | (null) }>; readonly prices: ReadonlyArray<{ readonly sku: string; readonly unit: "hour" | "month"; readonly priceMicros: number; readonly validFrom: string; readonly customersTold: number }>; readonly taxRates: ReadonlyArray<{ readonly country: string; readonly basisPoints: number; readonly validFrom: string }>; readonly documents: ReadonlyArray<{ readonly id: string; readonly version: number; readonly language: "it" | "en"; readonly kind: "terms" | "charter" | "jurisdiction"; readonly product: ("backup" | "mail") | (null); readonly siteId: string | null; readonly title: string; readonly sha256: string; readonly validFrom: string }> };
  };
  readonly "POST /api/catalogue/documents": {
    readonly args: [input: { readonly body: { readonly id: string; readonly kind: "terms" | "charter"; readonly product: ("backup" | "mail") | (null); readonly title: { readonly it: string; readonly en: string }; readonly body: { readonly it: string; readonly en: string }; readonly validFrom?: string } }, options?: CallOptions];
    readonly reply: { readonly version: number };
  };
  readonly "POST /api/catalogue/prices": {
    readonly args: [input: { readonly body: { readonly sku: string; readonly unit: "hour" | "month"; readonly priceMicros: number; readonly validFrom: string } }, options?: CallOptions];
    readonly reply: { readonly approvalId: string };
  };
  readonly "POST /api/catalogue/tax-rates": {
    readonly args: [input: { readonly body: { readonly country: string; readonly basisPoints: number; readonly validFrom: string } }, options?: CallOptions];
    readonly reply: { readonly approvalId: string };
  };
  readonly "POST /api/catalogue/versions": {
    readonly args: [input: { readonly body: { readonly sku: string; readonly product: "backup" | "mail"; readonly name: { readonly it: string; readonly en: string }; readonly description: { readonly it: string; readonly en: string }; readonly siteId: (string) | (null); readonly capacityBytes: (number) | (null); readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: "none" | "second_location"; readonly hostUse: "shared" | "reserved"; readonly ipAddresses: number; readonly quantityMax: number; readonly units: ReadonlyArray<"hour" | "month">; readonly validFrom?: string } }, options?: CallOptions];
    readonly reply: { readonly version: number };
  };
  readonly "POST /api/catalogue/withdrawals": {
    readonly args: [input: { readonly body: { readonly sku: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/customer-audits": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly inspections: ReadonlyArray<{ readonly id: string; readonly state: "asked" | "quoted" | "accepted" | "finished" | "withdrawn" | "refused"; readonly products: ReadonlyArray<"backup" | "mail">; readonly scope: string; readonly firm: string; readonly nda: string; readonly grounds: ("incident" | "authority") | (null); readonly groundsText: string; readonly notifiedAt: string; readonly fromOn: string; readonly untilOn: string; readonly opensAt: string; readonly closesAt: string; readonly costCents: (number) | (null); readonly costText: string | null; readonly quotedAt: (string) | (null); readonly acceptedAt: (string) | (null); readonly refusal: string | null; readonly endedAt: (string) | (null); readonly auditors: ReadonlyArray<{ readonly name: string; readonly address: string; readonly hasAccess: boolean }>; readonly tenantId: string; readonly tenantName: string }> };
  };
  readonly "POST /api/customer-audits/{tenantId}/{id}/quote": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly costCents: number; readonly text: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/customer-audits/{tenantId}/{id}/refusal": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/customer-charter/{tenantId}": {
    readonly args: [input: { readonly params: { readonly tenantId: string } }, options?: CallOptions];
    readonly reply: { readonly name: string; readonly title: { readonly it: string; readonly en: string }; readonly hint: { readonly it: string; readonly en: string }; readonly readAt: string; readonly columns: ReadonlyArray<{ readonly it: string; readonly en: string }>; readonly rows: ReadonlyArray<ReadonlyArray<(string) | (number) | (boolean) | (null) | ({ readonly at: string }) | ({ readonly it: string; readonly en: string })>> };
  };
  readonly "GET /api/departures": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly departures: ReadonlyArray<{ readonly askedBy: "customer" | "provider"; readonly requestedAt: string; readonly retrievalUntil: string; readonly eraseWantedAt: (string) | (null); readonly erasesAt?: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "retrieval" | "erasing" | "erased" | "cancelled"; readonly erasedAt: (string) | (null); readonly cancelledAt: (string) | (null); readonly certificate: string | null; readonly signature: string | null }>; readonly services: ReadonlyArray<{ readonly id: string; readonly tenantId: string; readonly customer: string; readonly kind: "space" | "mail_domain"; readonly name: string; readonly state: "retrieval" | "erasing" | "erased" | "cancelled"; readonly requestedAt: string; readonly retrievalUntil: string; readonly erasesAt: (string) | (null); readonly erasedAt: (string) | (null); readonly certificate: string | null; readonly signature: string | null }> };
  };
  readonly "POST /api/departures": {
    readonly args: [input: { readonly body: { readonly tenantId: string; readonly reason: string } }, options?: CallOptions];
    readonly reply: { readonly approvalId: string };
  };
  readonly "GET /api/desk/complaints": {
    readonly args: [input?: { readonly query?: { readonly cursor?: string } }, options?: CallOptions];
    readonly reply: { readonly total: number; readonly open: number; readonly nextCursor: string | null; readonly complaints: ReadonlyArray<{ readonly id: string; readonly number: number; readonly receivedAt: string; readonly location: string; readonly reasons: string; readonly isAboutChildren: boolean; readonly endangersLife: boolean; readonly name: string | null; readonly address: string | null; readonly language: "it" | "en"; readonly authorityReference: string | null; readonly authorityToldAt: (string) | (null); readonly state: "open" | "upheld" | "rejected"; readonly aboutTenant: (string) | (null); readonly tenantName: string | null; readonly decision: string | null; readonly decidedAt: (string) | (null) }> };
  };
  readonly "POST /api/desk/complaints/{id}/authority": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly reference: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/complaints/{id}/decision": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly decision: string; readonly upheld: ({ readonly tenantId: string; readonly product: "backup" | "mail"; readonly severity: "minor" | "serious" | "grave"; readonly facts: string }) | (null) } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/complaints/{id}/no-danger": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/faults/{id}/acknowledge": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/faults/{id}/replace": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/faults/{id}/start": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/desk/grants": {
    readonly args: [input?: { readonly query?: { readonly ticketId?: string } }, options?: CallOptions];
    readonly reply: { readonly grants: ReadonlyArray<{ readonly id: string; readonly ticketId: string; readonly operatorName: string; readonly reason: string; readonly askedScope: "read" | "act"; readonly askedHours: number; readonly askedAt: string; readonly state: "asked" | "granted" | "refused" | "lapsed" | "ended"; readonly scope: ("read" | "act") | (null); readonly until: (string) | (null); readonly endedAt: (string) | (null); readonly endReason: ("revoked" | "returned" | "expired") | (null); readonly tenantId: string; readonly tenantName: string; readonly isOwn: boolean }> };
  };
  readonly "POST /api/desk/grants": {
    readonly args: [input: { readonly body: { readonly tenantId: string; readonly ticketId: string; readonly scope: "read" | "act"; readonly hours: number; readonly reason: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/desk/grants/{tenantId}/{id}/entry": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly url: string };
  };
  readonly "POST /api/desk/grants/{tenantId}/{id}/return": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/desk/linked-tickets": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly notices: ReadonlyArray<{ readonly noticeId: string; readonly linked: number; readonly live: number }> };
  };
  readonly "GET /api/desk/linked-tickets/{noticeId}": {
    readonly args: [input: { readonly params: { readonly noticeId: string } }, options?: CallOptions];
    readonly reply: { readonly tickets: ReadonlyArray<{ readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) }> };
  };
  readonly "POST /api/desk/linked-tickets/{noticeId}/answers": {
    readonly args: [input: { readonly params: { readonly noticeId: string }; readonly body: { readonly textIt: string; readonly textEn: string } }, options?: CallOptions];
    readonly reply: { readonly requests: number };
  };
  readonly "GET /api/desk/notices": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly notices: ReadonlyArray<{ readonly id: string; readonly kind: "incident" | "maintenance"; readonly severity: "minor" | "major" | "critical"; readonly state: "investigating" | "identified" | "monitoring" | "resolved" | "planned" | "started" | "ended" | "cancelled"; readonly services: ReadonlyArray<"backup" | "mail" | "console">; readonly siteId: string | null; readonly titleIt: string; readonly titleEn: string; readonly plannedFrom: (string) | (null); readonly plannedUntil: (string) | (null); readonly openedAt: string; readonly closedAt: (string) | (null); readonly updates: ReadonlyArray<{ readonly state: "investigating" | "identified" | "monitoring" | "resolved" | "planned" | "started" | "ended" | "cancelled"; readonly isReport: boolean; readonly textIt: string; readonly textEn: string; readonly at: string }>; readonly hostId: (string) | (null); readonly affected: number }>; readonly faults: ReadonlyArray<{ readonly id: string; readonly check: string; readonly service: "backup" | "mail" | "console"; readonly siteId: string | null; readonly detectedAt: string; readonly acknowledgedAt: (string) | (null); readonly startedAt: (string) | (null); readonly replacedAt: (string) | (null); readonly closedAt: (string) | (null); readonly noticeId: (string) | (null) }>; readonly times: ReadonlyArray<{ readonly severity: ("minor" | "major" | "critical") | (null); readonly count: number; readonly open: number; readonly acknowledged: ({ readonly medianSeconds: number; readonly longestSeconds: number }) | (null); readonly told: ({ readonly medianSeconds: number; readonly longestSeconds: number }) | (null); readonly started: ({ readonly medianSeconds: number; readonly longestSeconds: number }) | (null); readonly replaced: ({ readonly medianSeconds: number; readonly longestSeconds: number }) | (null); readonly closed: ({ readonly medianSeconds: number; readonly longestSeconds: number }) | (null) }> };
  };
  readonly "POST /api/desk/notices": {
    readonly args: [input: { readonly body: { readonly services: ReadonlyArray<"backup" | "mail" | "console">; readonly siteId: (string) | (null); readonly hostId: (string) | (null); readonly kind: "incident" | "maintenance"; readonly severity: "minor" | "major" | "critical"; readonly titleIt: string; readonly titleEn: string; readonly textIt: string; readonly textEn: string; readonly planned: ({ readonly from: string; readonly until: string }) | (null) } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/desk/notices/{id}/updates": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly state: "investigating" | "identified" | "monitoring" | "resolved" | "planned" | "started" | "ended" | "cancelled"; readonly isReport?: boolean; readonly isEmergency?: boolean; readonly textIt: string; readonly textEn: string; readonly severity?: "minor" | "major" | "critical"; readonly planned?: { readonly from: string; readonly until: string } } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/notices/preview": {
    readonly args: [input: { readonly body: { readonly services: ReadonlyArray<"backup" | "mail" | "console">; readonly siteId: (string) | (null); readonly hostId: (string) | (null); readonly draft?: { readonly kind: "incident" | "maintenance"; readonly titleIt: string; readonly titleEn: string; readonly textIt: string; readonly textEn: string; readonly planned: ({ readonly from: string; readonly until: string }) | (null) } } }, options?: CallOptions];
    readonly reply: { readonly tenants: ReadonlyArray<{ readonly id: string; readonly name: string }>; readonly mails?: { readonly it: { readonly subject: string; readonly text: string }; readonly en: { readonly subject: string; readonly text: string } } };
  };
  readonly "GET /api/desk/openapi": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/desk/processors": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly earliestOn: string; readonly subprocessors: ReadonlyArray<{ readonly id: string; readonly name: string; readonly serviceIt: string; readonly serviceEn: string; readonly country: string; readonly fromOn: string; readonly untilOn: (string) | (null); readonly state: "announced" | "active" | "ended" }>; readonly changes: ReadonlyArray<{ readonly id: string; readonly subprocessorId: string; readonly kind: "begins" | "ends"; readonly effectiveOn: string; readonly announcedAt: string; readonly objectionsUntil: string; readonly reasonIt: string; readonly reasonEn: string; readonly told: number }>; readonly objections: ReadonlyArray<{ readonly changeId: string; readonly reason: string; readonly at: string; readonly answer: string | null; readonly answeredAt: (string) | (null); readonly tenantId: string; readonly tenantName: string }>; readonly instructions: ReadonlyArray<{ readonly id: string; readonly text: string; readonly at: string; readonly done: string | null; readonly doneAt: (string) | (null); readonly tenantId: string; readonly tenantName: string }> };
  };
  readonly "POST /api/desk/processors": {
    readonly args: [input: { readonly body: { readonly name: string; readonly serviceIt: string; readonly serviceEn: string; readonly country: string; readonly effectiveOn: string; readonly reasonIt: string; readonly reasonEn: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/desk/processors/{id}/end": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly effectiveOn: string; readonly reasonIt: string; readonly reasonEn: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/desk/processors/answers/{tenantId}/{id}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly text: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/desk/processors/instructions/{tenantId}/{id}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly text: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/desk/tickets": {
    readonly args: [input?: { readonly query?: { readonly state?: "active" | "ended" | "all"; readonly search?: string; readonly cursor?: string; readonly count?: number; readonly tenantId?: string; readonly mine?: "true" | "false" } }, options?: CallOptions];
    readonly reply: { readonly tickets: ReadonlyArray<{ readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) }>; readonly nextCursor: string | null; readonly counts: { readonly open: number; readonly waiting_customer: number; readonly solved: number; readonly closed: number }; readonly overdue: number };
  };
  readonly "POST /api/desk/tickets": {
    readonly args: [input: { readonly body: { readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly subject: string; readonly body: string; readonly concerns?: string; readonly tenantId: string; readonly requesterAddress: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) };
  };
  readonly "GET /api/desk/tickets/{tenantId}/{id}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly ticket: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) }; readonly notice: ({ readonly id: string; readonly kind: "incident" | "maintenance"; readonly titleIt: string; readonly titleEn: string; readonly closedAt: (string) | (null) }) | (null); readonly entries: ReadonlyArray<{ readonly id: string; readonly author: "customer" | "operator" | "note" | "system"; readonly authorAddress: string; readonly body: string; readonly at: string; readonly fromNumber: (number) | (null); readonly files: ReadonlyArray<{ readonly id: string; readonly name: string; readonly mediaType: string; readonly sizeBytes: number }> }>; readonly hasOlder: boolean };
  };
  readonly "PATCH /api/desk/tickets/{tenantId}/{id}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly severity?: "low" | "normal" | "high" | "urgent"; readonly kind?: "question" | "incident" | "billing" | "abuse"; readonly mine?: boolean; readonly state?: "solved" | "closed" } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) };
  };
  readonly "POST /api/desk/tickets/{tenantId}/{id}/answers": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly how: "reply" | "ask" | "solve" | "note"; readonly body: string; readonly files?: ReadonlyArray<{ readonly name: string; readonly mediaType: string; readonly content: string }> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) };
  };
  readonly "POST /api/desk/tickets/{tenantId}/{id}/cause": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly cause: "provider" | "third_party" | "customer" | "improper_use"; readonly text: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) };
  };
  readonly "GET /api/desk/tickets/{tenantId}/{id}/files/{fileId}": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string; readonly fileId: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "POST /api/desk/tickets/{tenantId}/{id}/give": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly tenantId: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/desk/tickets/{tenantId}/{id}/merge": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) };
  };
  readonly "PUT /api/desk/tickets/{tenantId}/{id}/notice": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly noticeId: (string) | (null) } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null); readonly tenantId: string; readonly tenantName: string; readonly isQuarantined: boolean; readonly isReachable: boolean; readonly language: "it" | "en"; readonly assigneeId: (string) | (null); readonly isOverdue: boolean; readonly cause: ("provider" | "third_party" | "customer" | "improper_use") | (null); readonly causeText: string; readonly causeBy: (string) | (null); readonly causeConfirmedBy: (string) | (null) };
  };
  readonly "GET /api/desk/tokens": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly tokens: ReadonlyArray<{ readonly id: string; readonly name: string; readonly hint: string; readonly owner: { readonly id: string; readonly login: string; readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security"> }; readonly isOwn: boolean; readonly scopes: ReadonlyArray<"customers:read" | "customers:write" | "tickets:read" | "tickets:write" | "notices:read" | "notices:write" | "measures:read" | "measures:write" | "inspections:read" | "inspections:write" | "catalogue:read" | "catalogue:write" | "billing:read" | "billing:write" | "inventory:read" | "inventory:write" | "mail:read" | "mail:write" | "operation:read" | "operation:write">; readonly networks: ReadonlyArray<string>; readonly createdAt: string; readonly expiresAt: string; readonly lastUsedAt: (string) | (null); readonly lastUsedIp: string | null }>; readonly grantable: ReadonlyArray<"customers:read" | "customers:write" | "tickets:read" | "tickets:write" | "notices:read" | "notices:write" | "measures:read" | "measures:write" | "inspections:read" | "inspections:write" | "catalogue:read" | "catalogue:write" | "billing:read" | "billing:write" | "inventory:read" | "inventory:write" | "mail:read" | "mail:write" | "operation:read" | "operation:write"> };
  };
  readonly "POST /api/desk/tokens": {
    readonly args: [input: { readonly body: { readonly name: string; readonly scopes: ReadonlyArray<"customers:read" | "customers:write" | "tickets:read" | "tickets:write" | "notices:read" | "notices:write" | "measures:read" | "measures:write" | "inspections:read" | "inspections:write" | "catalogue:read" | "catalogue:write" | "billing:read" | "billing:write" | "inventory:read" | "inventory:write" | "mail:read" | "mail:write" | "operation:read" | "operation:write">; readonly networks?: ReadonlyArray<string>; readonly expiresAt: string; readonly code?: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly secret: string };
  };
  readonly "DELETE /api/desk/tokens/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/drifts": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly drifts: ReadonlyArray<{ readonly tenantId: string; readonly tenantName: string; readonly plane: string; readonly objectId: string; readonly attribute: string; readonly label: string; readonly desired: string | null; readonly actual: string | null; readonly foundAt: string; readonly tries: number; readonly nextAt: string; readonly trouble: string | null; readonly settledAt: (string) | (null) }>; readonly silent: ReadonlyArray<{ readonly tenantId: string; readonly tenantName: string; readonly plane: string; readonly at: string; readonly trouble: string }> };
  };
  readonly "POST /api/drifts/{tenantId}/retry": {
    readonly args: [input: { readonly params: { readonly tenantId: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/enforcement": {
    readonly args: [input?: { readonly query?: { readonly all?: string } }, options?: CallOptions];
    readonly reply: { readonly violations: ReadonlyArray<{ readonly tenantId: string; readonly tenantName: string; readonly id: string; readonly nature: "unsolicited_mail" | "malicious_content" | "unlawful_at_site" | "overload" | "nonpayment" | "compromised_account" | "authority_order"; readonly severity: "minor" | "serious" | "grave"; readonly product: "backup" | "mail"; readonly occurredAt: string; readonly notedAt: string; readonly facts: string; readonly clause: string; readonly evidence: string; readonly source: "operator" | "sender_stop" | "dunning"; readonly authorityReference: string; readonly isSilent: boolean; readonly state: "suggested" | "confirmed" | "dismissed"; readonly isAsked: boolean }>; readonly measures: ReadonlyArray<{ readonly id: string; readonly level: "warning" | "restriction" | "limitation" | "suspension"; readonly capabilities: ReadonlyArray<"backup.new" | "backup.upload" | "backup.manage" | "mail.new" | "mail.send" | "mail.manage" | "mail.programs">; readonly recurrence: number; readonly state: "announced" | "in_force" | "expired" | "lifted" | "overturned"; readonly statement: string; readonly imposedAt: string; readonly startsAt: string; readonly endsAt: (string) | (null); readonly appealUntil: string; readonly endedAt: (string) | (null); readonly endReason: string; readonly tenantId: string; readonly tenantName: string; readonly isSilent: boolean; readonly told: number }>; readonly appeals: ReadonlyArray<{ readonly id: string; readonly measureId: string; readonly body: string; readonly filedAt: string; readonly dueAt: string; readonly state: "open" | "upheld" | "rejected"; readonly decision: string; readonly decidedAt: (string) | (null); readonly tenantId: string; readonly tenantName: string }> };
  };
  readonly "POST /api/enforcement/appeals/{tenantId}/{id}/decision": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly outcome: "upheld" | "rejected"; readonly text: string } }, options?: CallOptions];
    readonly reply: { readonly approvalId: string };
  };
  readonly "POST /api/enforcement/measures/{tenantId}/{id}/lift": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/enforcement/verdict": {
    readonly args: [input: { readonly query: { readonly tenantId: string; readonly nature: "unsolicited_mail" | "malicious_content" | "unlawful_at_site" | "overload" | "nonpayment" | "compromised_account" | "authority_order"; readonly severity: "minor" | "serious" | "grave"; readonly product: "backup" | "mail"; readonly occurredAt: string } }, options?: CallOptions];
    readonly reply: { readonly level: "warning" | "restriction" | "limitation" | "suspension"; readonly capabilities: ReadonlyArray<"backup.new" | "backup.upload" | "backup.manage" | "mail.new" | "mail.send" | "mail.manage" | "mail.programs">; readonly recurrence: number; readonly noticeMs: number; readonly durationMs: number | null; readonly needsSecondPerson: boolean };
  };
  readonly "POST /api/enforcement/violations": {
    readonly args: [input: { readonly body: { readonly tenantId: string; readonly nature: "unsolicited_mail" | "malicious_content" | "unlawful_at_site" | "overload" | "nonpayment" | "compromised_account" | "authority_order"; readonly severity: "minor" | "serious" | "grave"; readonly product: "backup" | "mail"; readonly occurredAt: string; readonly facts: string; readonly clause: string; readonly evidence?: string; readonly authorityReference?: string; readonly isSilent?: boolean } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/enforcement/violations/{tenantId}/{id}/dismiss": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/enforcement/violations/{tenantId}/{id}/impose": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly severity: "minor" | "serious" | "grave"; readonly facts: string; readonly clause: string } }, options?: CallOptions];
    readonly reply: { readonly measureId: (string) | (null); readonly approvalId: (string) | (null) };
  };
  readonly "GET /api/health": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly checkedAt: string; readonly version: string; readonly startedAt: string; readonly roles: ReadonlyArray<string>; readonly listeners: ReadonlyArray<{ readonly name: string; readonly host: string; readonly port: number }>; readonly checks: ReadonlyArray<{ readonly name: "database" | "jobs" | "disk" | "copies" | "audit"; readonly subject: string; readonly state: "ok" | "warning" | "failed"; readonly code: string; readonly figures: Readonly<Record<string, number>> }> };
  };
  readonly "GET /api/inventory": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly hosts: ReadonlyArray<{ readonly id: string; readonly siteId: string; readonly name: string; readonly rack: string | null; readonly serial: string | null; readonly state: "active" | "draining" | "retired"; readonly capacityBytes: number; readonly allocatedBytes: number; readonly spaces: number }>; readonly sites: ReadonlyArray<{ readonly siteId: string; readonly name: string; readonly capacityBytes: (number) | (null); readonly guaranteedBytes: number; readonly freeBytes: (number) | (null); readonly fullInDays: (number) | (null); readonly addresses: number; readonly addressesFree: number }>; readonly alerts: ReadonlyArray<{ readonly at: string; readonly siteId: string; readonly sku: string; readonly bytes: number; readonly tenantId: string }> };
  };
  readonly "POST /api/inventory/addresses": {
    readonly args: [input: { readonly body: { readonly siteId: string; readonly addresses: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly added: number };
  };
  readonly "POST /api/inventory/hosts": {
    readonly args: [input: { readonly body: { readonly siteId: string; readonly name: string; readonly rack: (string) | (null); readonly serial: (string) | (null); readonly capacityBytes: number } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "PATCH /api/inventory/hosts/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly state?: "active" | "draining" | "retired"; readonly capacityBytes?: number } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/inventory/hosts/{id}/evacuations": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/inventory/hosts/{id}/spaces": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query?: { readonly cursor?: string } }, options?: CallOptions];
    readonly reply: { readonly host: { readonly id: string; readonly siteId: string; readonly name: string; readonly rack: string | null; readonly serial: string | null; readonly state: "active" | "draining" | "retired"; readonly capacityBytes: number; readonly allocatedBytes: number; readonly spaces: number }; readonly spaces: ReadonlyArray<{ readonly tenantId: string; readonly tenantName: string; readonly spaceId: string; readonly name: string; readonly bytes: number; readonly usedBytes: number; readonly placedAt: string }>; readonly nextCursor: string | null; readonly roomElsewhereBytes: number; readonly evacuation: ({ readonly state: "running" | "emptied" | "out_of_room" | "called_off"; readonly reason: string; readonly askedAt: string; readonly moved: number; readonly endedAt: (string) | (null) }) | (null) };
  };
  readonly "POST /api/inventory/spaces/{tenantId}/{id}/move": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string }; readonly body: { readonly hostId: string; readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/inventory/tenants/{id}/copies": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly copies: ReadonlyArray<{ readonly place: "first" | "replica"; readonly location: string | null; readonly blobs: number; readonly bytes: number; readonly waitingBlobs: number; readonly waitingBytes: number; readonly damagedBlobs: number; readonly storedAt: (string) | (null); readonly checkedAt: (string) | (null); readonly spaceId: string; readonly siteId: string }> };
  };
  readonly "GET /api/legal-holds": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly holds: ReadonlyArray<{ readonly id: string; readonly tenantId: string; readonly tenantName: string; readonly reason: string; readonly placedAt: string; readonly liftAskedAt: (string) | (null); readonly liftAskedByMe: boolean; readonly liftedAt: (string) | (null) }> };
  };
  readonly "POST /api/legal-holds": {
    readonly args: [input: { readonly body: { readonly tenantId: string; readonly reason: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/legal-holds/{id}/lift": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly decision: "lift" | "keep" } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/legal-requests": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly requests: ReadonlyArray<{ readonly id: string; readonly number: number; readonly kind: "production" | "emergency" | "preservation"; readonly authority: string; readonly act: string; readonly legalBasis: string; readonly tenantId: string; readonly tenantName: string; readonly scope: { readonly parts: ReadonlyArray<"settings" | "mail">; readonly mailAccounts?: ReadonlyArray<string>; readonly from?: string; readonly until?: string }; readonly receivedAt: string; readonly deadlineAt: string; readonly gag: boolean; readonly gagUntil: (string) | (null); readonly state: "registered" | "approved" | "refused" | "delivered" | "closed"; readonly isOwn: boolean; readonly reason: string | null; readonly deliveredAt: (string) | (null); readonly deliveredBytes: number | null; readonly deliveredSha256: string | null; readonly toldAt: (string) | (null) }> };
  };
  readonly "POST /api/legal-requests": {
    readonly args: [input: { readonly body: { readonly kind: "production" | "emergency" | "preservation"; readonly authority: string; readonly act: string; readonly legalBasis: string; readonly tenantId: string; readonly scope: { readonly parts: ReadonlyArray<"settings" | "mail">; readonly mailAccounts?: ReadonlyArray<string>; readonly from?: string; readonly until?: string }; readonly receivedAt: string; readonly deadlineAt?: string; readonly gag: boolean; readonly gagUntil?: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/legal-requests/{id}/closing": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/legal-requests/{id}/decision": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly decision: "approve" | "refuse"; readonly reason?: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/legal-requests/{id}/delivery": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "POST /api/legal-requests/{id}/gag-end": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/legal-requests/{id}/looks": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly looks: ReadonlyArray<{ readonly at: string; readonly by: string; readonly what: "list" | "request" | "delivery" }> };
  };
  readonly "GET /api/mail-events": {
    readonly args: [input?: { readonly query?: { readonly address?: string; readonly traceId?: string; readonly messageId?: string; readonly subject?: string; readonly from?: string; readonly until?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly events: ReadonlyArray<{ readonly tenantId: string; readonly traceId: string; readonly at: string; readonly kind: "accepted" | "queued" | "delivered" | "deferred" | "held" | "sent" | "failed" | "bounced" | "dropped" | "retried" | "rate_limited" | "quarantined" | "released" | "refused"; readonly sender: string; readonly recipient: string; readonly headerMessageId: string; readonly subject: string; readonly detail: string }>; readonly searchedFrom: (string) | (null) };
  };
  readonly "GET /api/mail-queue": {
    readonly args: [input?: { readonly query?: { readonly state?: "waiting" | "held" | "sent" | "failed" | "dropped"; readonly domain?: string; readonly address?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly entries: ReadonlyArray<{ readonly id: string; readonly tenantId: string; readonly traceId: string; readonly sender: string; readonly recipient: string; readonly state: "waiting" | "held" | "sent" | "failed" | "dropped"; readonly attempts: number; readonly sizeBytes: number; readonly createdAt: string; readonly nextAt: string; readonly expiresAt: string; readonly lastReply: string | null }> };
  };
  readonly "POST /api/mail-queue/{tenantId}/{id}/drop": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/mail-queue/{tenantId}/{id}/retry": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "DELETE /api/mail-sink": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/mail-sink": {
    readonly args: [input?: { readonly query?: { readonly before?: string; readonly address?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly messages: ReadonlyArray<{ readonly id: string; readonly at: string; readonly sender: string; readonly recipients: ReadonlyArray<string>; readonly subject: string; readonly sizeBytes: number }> };
  };
  readonly "GET /api/mail-sink/{id}/raw": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/mail-sink/{id}/text": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly subject: string; readonly text: string };
  };
  readonly "GET /api/mail-stops": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly stops: ReadonlyArray<{ readonly tenantId: string; readonly mailAccountId: string; readonly address: string; readonly reason: "rate" | "reports" | "by_hand"; readonly stoppedAt: string; readonly held: number }> };
  };
  readonly "POST /api/mail-stops": {
    readonly args: [input: { readonly body: { readonly tenantId: string; readonly mailAccountId: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/mail-stops/{tenantId}/{id}/discard": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly discarded: number };
  };
  readonly "POST /api/mail-stops/{tenantId}/{id}/lift": {
    readonly args: [input: { readonly params: { readonly tenantId: string; readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/operation": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly version: string; readonly build: string | null; readonly agents: ReadonlyArray<{ readonly version: string; readonly devices: number }>; readonly queues: ReadonlyArray<{ readonly task: string; readonly waiting: number; readonly running: number; readonly failed: number; readonly dueSince: (string) | (null); readonly lastError: string | null; readonly lastFailedAt: (string) | (null) }>; readonly schedules: ReadonlyArray<{ readonly task: string; readonly nextAt: string; readonly isRunning: boolean }> };
  };
  readonly "POST /api/operation/retries": {
    readonly args: [input: { readonly body: { readonly task: string } }, options?: CallOptions];
    readonly reply: { readonly retried: number };
  };
  readonly "GET /api/operation/sbom": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/people": {
    readonly args: [input?: { readonly query?: { readonly search?: string; readonly cursor?: string; readonly count?: number } }, options?: CallOptions];
    readonly reply: { readonly people: ReadonlyArray<{ readonly id: string; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly status: "invited" | "active" | "disabled"; readonly createdAt: string; readonly lastSignInAt: (string) | (null); readonly endsAt?: (string) | (null) }>; readonly nextCursor: string | null };
  };
  readonly "POST /api/people": {
    readonly args: [input: { readonly body: { readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role?: "owner" | "admin" | "billing" | "technician" | "read_only"; readonly operatorRoles?: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security"> } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "DELETE /api/people/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/people/{id}/invitation": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "PUT /api/people/{id}/role": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly role?: "owner" | "admin" | "billing" | "technician" | "read_only"; readonly operatorRoles?: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security"> } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "PUT /api/people/{id}/status": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly status: "active" | "disabled" } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/retention": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly classes: ReadonlyArray<{ readonly name: string; readonly what: { readonly it: string; readonly en: string }; readonly why: { readonly it: string; readonly en: string }; readonly kept: { readonly it: string; readonly en: string }; readonly job: string | null; readonly isCounted: boolean; readonly checkedAt: (string) | (null); readonly overdue: (number) | (null); readonly held: number }> };
  };
  readonly "GET /api/security-incidents": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly incidents: ReadonlyArray<{ readonly id: string; readonly number: number; readonly isBreach: boolean; readonly isSignificant: boolean; readonly title: string; readonly facts: string; readonly persons: string; readonly remedies: string; readonly awareAt: string; readonly closedAt: (string) | (null); readonly customers: ReadonlyArray<{ readonly tenantId: string; readonly tenantName: string; readonly toldAt: (string) | (null) }>; readonly steps: ReadonlyArray<{ readonly step: "customers" | "authority" | "early_warning" | "notification" | "final_report"; readonly dueAt: string; readonly doneAt: (string) | (null); readonly reference: string | null; readonly standing: "done" | "waiting" | "soon" | "late"; readonly draft: { readonly it: { readonly subject: string; readonly text: string }; readonly en: { readonly subject: string; readonly text: string } } }> }> };
  };
  readonly "POST /api/security-incidents": {
    readonly args: [input: { readonly body: { readonly isBreach: boolean; readonly isSignificant: boolean; readonly title: string; readonly facts: string; readonly persons: string; readonly remedies: string; readonly awareAt: string; readonly tenantIds: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "POST /api/security-incidents/{id}/closing": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/security-incidents/{id}/concerned": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly tenantIds: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/security-incidents/{id}/customers": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/security-incidents/{id}/steps": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly step: "customers" | "authority" | "early_warning" | "notification" | "final_report"; readonly reference: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/sign-in-brakes/release": {
    readonly args: [input: { readonly body: { readonly realm: "user" | "mail"; readonly login: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/tenants": {
    readonly args: [input?: { readonly query?: { readonly search?: string; readonly state?: "active" | "departed"; readonly cursor?: string; readonly count?: number } }, options?: CallOptions];
    readonly reply: { readonly tenants: ReadonlyArray<{ readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string }>; readonly nextCursor: string | null };
  };
  readonly "POST /api/tenants": {
    readonly args: [input: { readonly body: { readonly country?: string; readonly vatNumber?: (string) | (null); readonly taxCode?: (string) | (null); readonly address?: (string) | (null); readonly postalCode?: (string) | (null); readonly city?: (string) | (null); readonly province?: (string) | (null); readonly certifiedMail?: (string) | (null); readonly invoiceRecipientCode?: (string) | (null); readonly name: string; readonly language: "it" | "en"; readonly owner: { readonly login: string; readonly displayName: string } } }, options?: CallOptions];
    readonly reply: { readonly tenantId: string };
  };
  readonly "GET /api/tenants/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string };
  };
  readonly "PATCH /api/tenants/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly country?: string; readonly vatNumber?: (string) | (null); readonly taxCode?: (string) | (null); readonly address?: (string) | (null); readonly postalCode?: (string) | (null); readonly city?: (string) | (null); readonly province?: (string) | (null); readonly certifiedMail?: (string) | (null); readonly invoiceRecipientCode?: (string) | (null); readonly name?: string; readonly language?: "it" | "en" } }, options?: CallOptions];
    readonly reply: { readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string };
  };
  readonly "GET /api/tenants/{id}/month": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly from: string; readonly until: string; readonly readAt: string; readonly lines: ReadonlyArray<{ readonly descriptionIt: string; readonly descriptionEn: string; readonly serviceId: string; readonly unit: "hour" | "month" | "once"; readonly from: string; readonly until: string; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number; readonly nature: string | null; readonly isCorrection: boolean }>; readonly netCents: number; readonly vatCents: number; readonly totalCents: number; readonly forecastNetCents: number; readonly vatTreatment: "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending" };
  };
  readonly "GET /api/tenants/{id}/notes": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query?: { readonly cursor?: string } }, options?: CallOptions];
    readonly reply: { readonly notes: ReadonlyArray<{ readonly id: string; readonly text: string; readonly author: string; readonly writtenAt: string; readonly changedAt: (string) | (null); readonly mayChange: boolean; readonly mayDelete: boolean }>; readonly nextCursor: (string) | (null) };
  };
  readonly "POST /api/tenants/{id}/notes": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly text: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly text: string; readonly author: string; readonly writtenAt: string; readonly changedAt: (string) | (null); readonly mayChange: boolean; readonly mayDelete: boolean };
  };
  readonly "DELETE /api/tenants/{id}/notes/{noteId}": {
    readonly args: [input: { readonly params: { readonly id: string; readonly noteId: string } }, options?: CallOptions];
    readonly reply: { readonly undo: string };
  };
  readonly "PATCH /api/tenants/{id}/notes/{noteId}": {
    readonly args: [input: { readonly params: { readonly id: string; readonly noteId: string }; readonly body: { readonly text: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly text: string; readonly author: string; readonly writtenAt: string; readonly changedAt: (string) | (null); readonly mayChange: boolean; readonly mayDelete: boolean };
  };
  readonly "POST /api/tenants/{id}/notes/restore": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly undo: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly text: string; readonly author: string; readonly writtenAt: string; readonly changedAt: (string) | (null); readonly mayChange: boolean; readonly mayDelete: boolean };
  };
  readonly "POST /api/tenants/{id}/owners": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly login: string; readonly displayName: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "GET /api/tenants/{id}/services": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly readAt: string; readonly spaces: ReadonlyArray<{ readonly id: string; readonly name: string; readonly site: string; readonly quotaBytes: number; readonly usedBytes: number; readonly state: "active" | "suspended" }>; readonly devices: { readonly active: number; readonly late: number }; readonly domains: ReadonlyArray<{ readonly name: string; readonly state: "pending" | "active" | "removed"; readonly active: number; readonly suspended: number; readonly deleted: number; readonly usedBytes: number }>; readonly licences: { readonly requested: number; readonly used: number }; readonly lines: ReadonlyArray<{ readonly id: string; readonly product: "backup" | "mail"; readonly sku: string; readonly skuVersion: number; readonly name: { readonly it: string; readonly en: string }; readonly quantity: number; readonly unit: "hour" | "month"; readonly siteId: string; readonly subjectId: string; readonly label: string; readonly state: "active" | "ended"; readonly startedAt: string; readonly endedAt: (string) | (null); readonly priceMicros: (number) | (null); readonly priceSince: (string) | (null); readonly nextPrice: ({ readonly priceMicros: number; readonly validFrom: string }) | (null); readonly unitEndsAt: string; readonly addresses: ReadonlyArray<string> }> };
  };
  readonly "POST /api/tenants/{id}/vet": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: Readonly<Record<string, never>> }, options?: CallOptions];
    readonly reply: { readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string };
  };
}
