// Written by `npm run client` out of ../openapi.json: change the contract, not this file.

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For a POST: the same key again is the same act, whoever restarts. A fresh one when absent. */
  readonly key?: string;
}

/** What a webhook brings. */
export type WebhookEvent = { readonly version: 1; readonly id: string; readonly type: "backup.finished" | "backup.partial" | "backup.failed" | "backup.alarm_raised" | "backup.alarm_settled" | "backup.point_deleted" | "device.enrolled" | "device.revoked" | "device.deleted" | "space.created" | "space.changed" | "space.deleted" | "space.filling_up" | "mailbox.created" | "mailbox.changed" | "mailbox.deleted" | "mailbox.restored" | "mailbox.filling_up" | "sending.stopped" | "sending.resumed" | "domain.added" | "domain.activated" | "domain.removed" | "order.placed" | "order.changed" | "order.ended" | "invoice.issued" | "invoice.paid" | "invoice.overdue" | "credit_note.issued" | "budget.reached" | "ticket.opened" | "ticket.answered" | "ticket.solved" | "measure.imposed" | "measure.begun" | "measure.ended" | "notice.updated" | "person.joined" | "person.role_changed" | "person.removed" | "token.created" | "token.revoked" | "webhook.test"; readonly timestamp: string; readonly data: { readonly kind: string; readonly id: string } };

/** Every call, by method and path. */
export interface Api {
  readonly "POST /api/acceptances": {
    readonly args: [input: { readonly body: { readonly accepted: ReadonlyArray<{ readonly documentId: string; readonly version: number; readonly sha256: string }> } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/addresses": {
    readonly args: [input?: { readonly query?: { readonly domainId?: string; readonly mailAccountId?: string; readonly kind?: "mailbox" | "alias" | "forward" | "catch_all" | "group" | "not_mailbox"; readonly search?: string; readonly after?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly addresses: ReadonlyArray<{ readonly id: string; readonly domainId: string; readonly address: string; readonly kind: "mailbox" | "alias" | "forward" | "catch_all" | "group"; readonly mailAccountId: (string) | (null); readonly accountAddress: string | null; readonly forwardTo: ReadonlyArray<string> }>; readonly next: string | null };
  };
  readonly "POST /api/addresses": {
    readonly args: [input: { readonly body: { readonly kind: "alias" | "forward" | "catch_all" | "group"; readonly address: string; readonly mailAccountId?: string; readonly forwardTo?: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly domainId: string; readonly address: string; readonly kind: "mailbox" | "alias" | "forward" | "catch_all" | "group"; readonly mailAccountId: (string) | (null); readonly accountAddress: string | null; readonly forwardTo: ReadonlyArray<string> };
  };
  readonly "DELETE /api/addresses/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "PUT /api/addresses/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly mailAccountId: (string) | (null); readonly forwardTo: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly domainId: string; readonly address: string; readonly kind: "mailbox" | "alias" | "forward" | "catch_all" | "group"; readonly mailAccountId: (string) | (null); readonly accountAddress: string | null; readonly forwardTo: ReadonlyArray<string> };
  };
  readonly "GET /api/addresses/{id}/senders": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly senders: ReadonlyArray<{ readonly id: string; readonly address: string; readonly mode: "as" | "on_behalf" }> };
  };
  readonly "PUT /api/addresses/{id}/senders": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly mailAccountIds: ReadonlyArray<string>; readonly onBehalfIds?: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/addresses/{id}/test": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly messageId: string };
  };
  readonly "GET /api/alarms": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly alarms: ReadonlyArray<{ readonly id: string; readonly deviceId: string; readonly kind: "shrink" | "upheaval"; readonly raisedAt: string; readonly usual: number; readonly found: number }> };
  };
  readonly "POST /api/alarms/{id}/settle": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/applied": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly readAt: string; readonly objects: ReadonlyArray<{ readonly plane: string; readonly id: string; readonly label: string; readonly attributes: ReadonlyArray<{ readonly name: string; readonly ordered: string | null; readonly applied: string | null; readonly state: "applied" | "differs" | "unknown" }> }> };
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
  readonly "GET /api/auth/sign-up": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly isOpen: boolean; readonly documents: ReadonlyArray<{ readonly id: string; readonly version: number; readonly language: "it" | "en"; readonly kind: "terms" | "charter" | "jurisdiction"; readonly product: ("backup" | "mail") | (null); readonly siteId: string | null; readonly title: string; readonly body: string; readonly sha256: string; readonly validFrom: string }>; readonly progress: ({ readonly login: string; readonly company: string; readonly isProven: boolean; readonly resendAt: string }) | (null) };
  };
  readonly "POST /api/auth/sign-up": {
    readonly args: [input: { readonly body: { readonly login: string; readonly company: string; readonly vatNumber: string; readonly language: "it" | "en" } }, options?: CallOptions];
    readonly reply: { readonly resendAt: string };
  };
  readonly "POST /api/auth/sign-up/code": {
    readonly args: [input: { readonly body: { readonly code: string } }, options?: CallOptions];
    readonly reply: { readonly login: string; readonly company: string; readonly isProven: boolean; readonly resendAt: string };
  };
  readonly "POST /api/auth/sign-up/finish": {
    readonly args: [input: { readonly body: { readonly password: string; readonly displayName: string; readonly accepted: ReadonlyArray<{ readonly documentId: string; readonly version: number; readonly sha256: string }> } }, options?: CallOptions];
    readonly reply: ({ readonly step: "signed_in"; readonly session: { readonly sessionId: string; readonly tenantId: string; readonly tenantName: string; readonly principalId: string; readonly realm: "user" | "operator" | "mail"; readonly login: string; readonly displayName: string; readonly language: "it" | "en"; readonly role: ("owner" | "admin" | "billing" | "technician" | "read_only" | "auditor") | (null); readonly operatorRoles: ReadonlyArray<"support" | "billing" | "infra" | "legal" | "security">; readonly methods: ReadonlyArray<"password" | "totp" | "passkey" | "recovery_code">; readonly hasTotp: boolean; readonly hasPasskey: boolean; readonly mustEnrol: boolean; readonly acting: ({ readonly operatorName: string; readonly scope: "read" | "act" }) | (null); readonly freshUntil: string; readonly expiresAt: string } }) | ({ readonly step: "second_factor"; readonly methods: ReadonlyArray<"totp" | "passkey" | "recovery_code"> });
  };
  readonly "POST /api/auth/sign-up/resend": {
    readonly args: [input: { readonly body: Readonly<Record<string, never>> }, options?: CallOptions];
    readonly reply: { readonly resendAt: string };
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
  readonly "GET /api/backup-summary": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly devices: { readonly active: number; readonly protected: number; readonly lastSuccessAt: (string) | (null); readonly troubled: number; readonly troubles: ReadonlyArray<{ readonly deviceId: string; readonly name: string; readonly trouble: "failed" | "partial" | "overdue" | "never"; readonly since: string }> }; readonly keys: { readonly unproved: number; readonly deviceId: (string) | (null) }; readonly damagedPoints: number; readonly damagedDeviceId: (string) | (null); readonly hasRestored: boolean };
  };
  readonly "PUT /api/budget": {
    readonly args: [input: { readonly body: { readonly monthlyCents: (number) | (null) } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/complaints": {
    readonly args: [input: { readonly body: { readonly location: string; readonly reasons: string; readonly isAboutChildren: boolean; readonly endangersLife: boolean; readonly isInGoodFaith: true; readonly name?: string; readonly address?: string; readonly language: "it" | "en" } }, options?: CallOptions];
    readonly reply: { readonly number: number };
  };
  readonly "GET /api/contacts": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly contacts: ReadonlyArray<{ readonly id: string; readonly purpose: "incidents" | "technical" | "billing" | "security" | "legal"; readonly address: string; readonly language: "it" | "en"; readonly askedAt: string; readonly confirmedAt: (string) | (null); readonly bouncedAt: (string) | (null); readonly bounceReply: string | null }> };
  };
  readonly "POST /api/contacts": {
    readonly args: [input: { readonly body: { readonly purpose: "incidents" | "technical" | "billing" | "security" | "legal"; readonly address: string; readonly language: "it" | "en" } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly purpose: "incidents" | "technical" | "billing" | "security" | "legal"; readonly address: string; readonly language: "it" | "en"; readonly askedAt: string; readonly confirmedAt: (string) | (null); readonly bouncedAt: (string) | (null); readonly bounceReply: string | null };
  };
  readonly "DELETE /api/contacts/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/costs": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly from: string; readonly until: string; readonly readAt: string; readonly lines: ReadonlyArray<{ readonly descriptionIt: string; readonly descriptionEn: string; readonly serviceId: string; readonly unit: "hour" | "month" | "once"; readonly from: string; readonly until: string; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number; readonly nature: string | null; readonly isCorrection: boolean }>; readonly netCents: number; readonly vatCents: number; readonly totalCents: number; readonly forecastNetCents: number; readonly vatTreatment: "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending"; readonly days: ReadonlyArray<{ readonly day: string; readonly serviceId: string; readonly label: string; readonly quantity: number; readonly micros: number }>; readonly stored: ReadonlyArray<{ readonly day: string; readonly subjectId: string; readonly byteHours: number }>; readonly budgetCents: (number) | (null); readonly alerts: ReadonlyArray<{ readonly percent: number; readonly at: string }> };
  };
  readonly "GET /api/costs/export": {
    readonly args: [input: { readonly query: { readonly from: string; readonly to: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "DELETE /api/departure": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/departure": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly organisation: string; readonly departure: ({ readonly state: "retrieval" | "erasing" | "erased"; readonly askedBy: "customer" | "provider"; readonly requestedAt: string; readonly retrievalUntil: string; readonly eraseWantedAt: (string) | (null); readonly erasesAt?: (string) | (null) }) | (null) };
  };
  readonly "POST /api/departure": {
    readonly args: [input: { readonly body: { readonly confirmation: string } }, options?: CallOptions];
    readonly reply: { readonly claim: string; readonly retrievalUntil: string };
  };
  readonly "GET /api/departure-certificates/{claim}": {
    readonly args: [input: { readonly params: { readonly claim: string } }, options?: CallOptions];
    readonly reply: { readonly certificate: string; readonly signature: string };
  };
  readonly "POST /api/departure/erasure": {
    readonly args: [input: { readonly body: { readonly confirmation: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/departure/services": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly departures: ReadonlyArray<{ readonly id: string; readonly kind: "space" | "mail_domain"; readonly subjectId: string; readonly name: string; readonly state: "retrieval" | "erasing" | "erased"; readonly requestedAt: string; readonly retrievalUntil: string; readonly erasesAt: (string) | (null); readonly erasedAt: (string) | (null); readonly certificate: string | null; readonly signature: string | null }> };
  };
  readonly "POST /api/departure/services": {
    readonly args: [input: { readonly body: { readonly kind?: "space" | "mail_domain"; readonly subjectId: string; readonly confirmation: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "DELETE /api/departure/services/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/departure/services/{id}/erasure": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly confirmation: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/devices": {
    readonly args: [input?: { readonly query?: { readonly spaceId?: string; readonly q?: string; readonly after?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly devices: ReadonlyArray<{ readonly id: string; readonly spaceId: string; readonly name: string; readonly kind: "desktop" | "server" | "vm"; readonly os: "linux" | "windows" | "darwin" | "freebsd" | "other"; readonly osVersion: string | null; readonly hostname: string; readonly agentVersion: string; readonly state: "active" | "revoked"; readonly connected: boolean; readonly enrolledAt: string; readonly lastSeenAt: (string) | (null); readonly lastResult: ("ok" | "partial" | "failed") | (null); readonly lastResultAt: (string) | (null); readonly lastSuccessAt: (string) | (null); readonly keyProvedAt: (string) | (null); readonly days: ReadonlyArray<("ok" | "partial" | "failed") | (null)> }>; readonly nextAfter: (string) | (null); readonly total: number };
  };
  readonly "DELETE /api/devices/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly confirmation: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/devices/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly device: { readonly id: string; readonly spaceId: string; readonly name: string; readonly kind: "desktop" | "server" | "vm"; readonly os: "linux" | "windows" | "darwin" | "freebsd" | "other"; readonly osVersion: string | null; readonly hostname: string; readonly agentVersion: string; readonly state: "active" | "revoked"; readonly connected: boolean; readonly enrolledAt: string; readonly lastSeenAt: (string) | (null); readonly lastResult: ("ok" | "partial" | "failed") | (null); readonly lastResultAt: (string) | (null); readonly lastSuccessAt: (string) | (null); readonly keyProvedAt: (string) | (null) }; readonly days: ReadonlyArray<("ok" | "partial" | "failed") | (null)>; readonly runs: ReadonlyArray<{ readonly runId: string; readonly kind: "backup" | "verify"; readonly result: "ok" | "partial" | "failed"; readonly startedAt: string; readonly finishedAt: string; readonly filesTotal: number; readonly filesUnreadable: number; readonly bytesRead: number; readonly bytesSent: number; readonly code: string | null; readonly message: string | null; readonly notes: ReadonlyArray<{ readonly level: "lost" | "told"; readonly code: string; readonly count: number }> }> };
  };
  readonly "PATCH /api/devices/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly name: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/devices/{id}/files/{fileId}": {
    readonly args: [input: { readonly params: { readonly id: string; readonly fileId: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "POST /api/devices/{id}/key-proof": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "PUT /api/devices/{id}/pause": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly until: (string) | (null) } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/devices/{id}/point-times": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query: { readonly from: string; readonly to: string } }, options?: CallOptions];
    readonly reply: { readonly times: ReadonlyArray<{ readonly at: string; readonly points: number; readonly damaged: number }> };
  };
  readonly "GET /api/devices/{id}/points": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query?: { readonly before?: string; readonly from?: string; readonly to?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly points: ReadonlyArray<{ readonly id: string; readonly deviceId: string; readonly chainId: string; readonly fileId: string; readonly kind: "vbk" | "vib"; readonly fileName: string; readonly sizeBytes: number; readonly fileRoot: string; readonly at: string; readonly lockedUntil: string; readonly locked: boolean; readonly state: "good" | "damaged" | "deleted"; readonly undeleteUntil: (string) | (null); readonly parentId: (string) | (null); readonly parentAt: (string) | (null); readonly neededBy: number; readonly earlierFiles: ReadonlyArray<{ readonly id: string; readonly kind: "vbk" | "vib"; readonly sizeBytes: number; readonly storedAt: string; readonly keptUntil: string }>; readonly checkedAt: (string) | (null); readonly verification: ({ readonly askedAt: string; readonly finishedAt: (string) | (null); readonly found: ("good" | "damaged") | (null); readonly percent: number }) | (null) }>; readonly nextBefore: (string) | (null) };
  };
  readonly "POST /api/devices/{id}/points/{pointId}/restores": {
    readonly args: [input: { readonly params: { readonly id: string; readonly pointId: string }; readonly query?: { readonly keyringVersion?: number } }, options?: CallOptions];
    readonly reply: { readonly point: { readonly id: string; readonly at: string; readonly kind: "vbk" | "vib"; readonly sizeBytes: number }; readonly device: { readonly id: string; readonly name: string; readonly hostname: string }; readonly chainId: string; readonly files: ReadonlyArray<{ readonly id: string; readonly kind: "vbk" | "vib"; readonly sizeBytes: number; readonly fileRoot: string; readonly at: string }>; readonly keyring: string; readonly keyringVersion: number; readonly keyringVersions: ReadonlyArray<{ readonly version: number; readonly storedAt: string }> };
  };
  readonly "PUT /api/devices/{id}/policy": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly policyId: (string) | (null) } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/devices/{id}/restore-tokens": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly hours?: number } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly token: string; readonly expiresAt: string };
  };
  readonly "POST /api/devices/{id}/revoke": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/devices/{id}/run": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly requestId: string; readonly requestedAt: string };
  };
  readonly "GET /api/documents": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly documents: ReadonlyArray<{ readonly id: string; readonly version: number; readonly language: "it" | "en"; readonly kind: "terms" | "charter" | "jurisdiction"; readonly product: ("backup" | "mail") | (null); readonly siteId: string | null; readonly title: string; readonly body: string; readonly sha256: string; readonly validFrom: string }>; readonly acceptances: ReadonlyArray<{ readonly documentId: string; readonly version: number; readonly sha256: string; readonly principalId: string; readonly ip: string; readonly at: string }>; readonly pending: ReadonlyArray<string> };
  };
  readonly "GET /api/domains": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly domains: ReadonlyArray<{ readonly id: string; readonly name: string; readonly state: "pending" | "active"; readonly verificationHost: string; readonly verificationValue: string; readonly createdAt: string; readonly verifiedAt: (string) | (null); readonly checkedAt: (string) | (null); readonly aliasOf: (string) | (null); readonly stsMode: "testing" | "enforce" }> };
  };
  readonly "POST /api/domains": {
    readonly args: [input: { readonly body: { readonly name: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly state: "pending" | "active"; readonly verificationHost: string; readonly verificationValue: string; readonly createdAt: string; readonly verifiedAt: (string) | (null); readonly checkedAt: (string) | (null); readonly aliasOf: (string) | (null); readonly stsMode: "testing" | "enforce" };
  };
  readonly "DELETE /api/domains/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "PUT /api/domains/{id}/alias": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly aliasOf: (string) | (null) } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly state: "pending" | "active"; readonly verificationHost: string; readonly verificationValue: string; readonly createdAt: string; readonly verifiedAt: (string) | (null); readonly checkedAt: (string) | (null); readonly aliasOf: (string) | (null); readonly stsMode: "testing" | "enforce" };
  };
  readonly "GET /api/domains/{id}/certificates": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly isOn: boolean; readonly hostname: string; readonly names: ReadonlyArray<{ readonly name: string; readonly endsAt: (string) | (null); readonly trouble: ("no_dns" | "elsewhere" | "dns_silent" | "limit" | "rate_limited" | "refused" | "away") | (null); readonly words: string; readonly triedAt: (string) | (null); readonly retryFrom: string }> };
  };
  readonly "POST /api/domains/{id}/certificates/retries": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly name: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/domains/{id}/dkim": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/domains/{id}/records": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly records: ReadonlyArray<{ readonly purpose: "verification" | "mx" | "spf" | "dkim" | "dmarc" | "mta_sts" | "tls_reports" | "autoconfig" | "srv"; readonly type: "TXT" | "MX" | "CNAME" | "SRV"; readonly host: string; readonly value: string; readonly isRequired: boolean; readonly state: "ok" | "different" | "missing" | "unchecked"; readonly found: ReadonlyArray<string>; readonly key: ({ readonly algorithm: "rsa" | "ed25519"; readonly state: "waiting" | "signing" | "kept" | "retired"; readonly isShown: boolean; readonly signingFrom: (string) | (null); readonly keptUntil: (string) | (null) }) | (null) }> };
  };
  readonly "GET /api/domains/{id}/reports": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly reports: ReadonlyArray<{ readonly id: string; readonly kind: "dmarc" | "tls"; readonly reporter: string; readonly from: string; readonly to: string; readonly passed: number; readonly failed: number; readonly rows: ReadonlyArray<{ readonly count: number; readonly source: string; readonly isDkimAligned: boolean | null; readonly isSpfAligned: boolean | null; readonly disposition: string | null; readonly failure: string }> }>; readonly sts: { readonly mode: "testing" | "enforce"; readonly enforceableFrom: (string) | (null); readonly recentFailures: number } };
  };
  readonly "PUT /api/domains/{id}/sts": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly mode: "testing" | "enforce" } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/domains/{id}/verify": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly state: "pending" | "active"; readonly verificationHost: string; readonly verificationValue: string; readonly createdAt: string; readonly verifiedAt: (string) | (null); readonly checkedAt: (string) | (null); readonly aliasOf: (string) | (null); readonly stsMode: "testing" | "enforce" };
  };
  readonly "POST /api/enrolments": {
    readonly args: [input: { readonly body: { readonly spaceId: string; readonly kind: "desktop" | "server" | "vm"; readonly name?: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly token: string; readonly expiresAt: string };
  };
  readonly "GET /api/enrolments/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly state: "waiting" | "used" | "expired"; readonly expiresAt: string; readonly deviceId: (string) | (null) };
  };
  readonly "POST /api/estimates": {
    readonly args: [input: { readonly body: { readonly items: ReadonlyArray<{ readonly sku: string; readonly unit: "hour" | "month"; readonly quantity: number; readonly count: number }> } }, options?: CallOptions];
    readonly reply: { readonly lines: ReadonlyArray<{ readonly sku: string; readonly unit: "hour" | "month"; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number }>; readonly vat: ReadonlyArray<{ readonly basisPoints: number; readonly nature: string | null; readonly netCents: number; readonly vatCents: number }>; readonly netCents: number; readonly vatCents: number; readonly totalCents: number };
  };
  readonly "GET /api/events": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/evidence": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly organisation: string; readonly closesAt: (string) | (null); readonly scope: string | null; readonly parts: ReadonlyArray<{ readonly name: string; readonly title: { readonly it: string; readonly en: string }; readonly hint: { readonly it: string; readonly en: string } }> };
  };
  readonly "GET /api/evidence-pack": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/evidence/{part}": {
    readonly args: [input: { readonly params: { readonly part: string } }, options?: CallOptions];
    readonly reply: { readonly name: string; readonly title: { readonly it: string; readonly en: string }; readonly hint: { readonly it: string; readonly en: string }; readonly readAt: string; readonly columns: ReadonlyArray<{ readonly it: string; readonly en: string }>; readonly rows: ReadonlyArray<ReadonlyArray<(string) | (number) | (boolean) | (null) | ({ readonly at: string }) | ({ readonly it: string; readonly en: string })>> };
  };
  readonly "GET /api/exports": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly exports: ReadonlyArray<{ readonly id: string; readonly part: "settings" | "mail"; readonly mailDomain?: string | null; readonly state: "waiting" | "running" | "ready" | "failed" | "expired"; readonly requestedAt: string; readonly filesDone: number; readonly bytesDone: number; readonly sha256: string | null; readonly expiresAt: (string) | (null); readonly failedCode: string | null }>; readonly backups: ReadonlyArray<{ readonly spaceId: string; readonly name: string; readonly files: number; readonly sizeBytes: number }> };
  };
  readonly "POST /api/exports": {
    readonly args: [input: { readonly body: { readonly part: "settings" | "mail"; readonly mailDomainId?: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "GET /api/exports/{id}/archive": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/exports/backups/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/inspections": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly earliestOn: string; readonly freeFrom: { readonly backup: (string) | (null); readonly mail: (string) | (null) }; readonly inspections: ReadonlyArray<{ readonly id: string; readonly state: "asked" | "quoted" | "accepted" | "finished" | "withdrawn" | "refused"; readonly products: ReadonlyArray<"backup" | "mail">; readonly scope: string; readonly firm: string; readonly nda: string; readonly grounds: ("incident" | "authority") | (null); readonly groundsText: string; readonly notifiedAt: string; readonly fromOn: string; readonly untilOn: string; readonly opensAt: string; readonly closesAt: string; readonly costCents: (number) | (null); readonly costText: string | null; readonly quotedAt: (string) | (null); readonly acceptedAt: (string) | (null); readonly refusal: string | null; readonly endedAt: (string) | (null); readonly auditors: ReadonlyArray<{ readonly name: string; readonly address: string; readonly hasAccess: boolean }> }> };
  };
  readonly "POST /api/inspections": {
    readonly args: [input: { readonly body: { readonly products: ReadonlyArray<"backup" | "mail">; readonly scope: string; readonly firm: string; readonly nda: string; readonly auditors: ReadonlyArray<{ readonly name: string; readonly address: string }>; readonly fromOn: string; readonly untilOn: string; readonly grounds?: { readonly kind: "incident" | "authority"; readonly text: string }; readonly language: "it" | "en" } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "DELETE /api/inspections/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/inspections/{id}/acceptance": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly costCents: number } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/invoices": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly invoices: ReadonlyArray<{ readonly id: string; readonly kind: "invoice" | "credit_note"; readonly state: "draft" | "issued"; readonly number: string | null; readonly issuedOn: (string) | (null); readonly dueOn: (string) | (null); readonly until: string; readonly netCents: number; readonly vatCents: number; readonly totalCents: number; readonly vatTreatment: "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending"; readonly openCents: number; readonly step: number }> };
  };
  readonly "GET /api/invoices/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly kind: "invoice" | "credit_note"; readonly state: "draft" | "issued"; readonly number: string | null; readonly issuedOn: (string) | (null); readonly dueOn: (string) | (null); readonly until: string; readonly netCents: number; readonly vatCents: number; readonly totalCents: number; readonly vatTreatment: "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending"; readonly lines: ReadonlyArray<{ readonly descriptionIt: string; readonly descriptionEn: string; readonly serviceId: string; readonly unit: "hour" | "month" | "once"; readonly from: string; readonly until: string; readonly quantity: number; readonly priceMicros: number; readonly netCents: number; readonly basisPoints: number; readonly nature: string | null; readonly isCorrection: boolean; readonly line: number }>; readonly vat: ReadonlyArray<{ readonly basisPoints: number; readonly nature: string | null; readonly netCents: number; readonly vatCents: number; readonly legalIt: string | null; readonly legalEn: string | null }>; readonly openCents: number; readonly transfer?: ({ readonly beneficiary: string; readonly iban: string; readonly reference: string; readonly code: string }) | (null); readonly exchange: "not_sent" | "sent" | "delivered" | "rejected" | "undeliverable"; readonly credits: (string) | (null); readonly payments: ReadonlyArray<{ readonly cents: number; readonly paidOn: string; readonly method: string; readonly reference: string }>; readonly documents: ReadonlyArray<{ readonly kind: "pdf_it" | "pdf_en" | "xml"; readonly fileName: string; readonly sha256: string; readonly keepUntil: string }> };
  };
  readonly "GET /api/invoices/{id}/documents/{kind}": {
    readonly args: [input: { readonly params: { readonly id: string; readonly kind: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/invoices/{id}/lines/{line}": {
    readonly args: [input: { readonly params: { readonly id: string; readonly line: string } }, options?: CallOptions];
    readonly reply: { readonly units: ReadonlyArray<{ readonly id: string; readonly subjectId: string; readonly from: string; readonly to: string; readonly quantity: number; readonly closedAt: string }> };
  };
  readonly "GET /api/licences": {
    readonly args: [input?: { readonly query?: { readonly month?: string } }, options?: CallOptions];
    readonly reply: { readonly month: string; readonly days: ReadonlyArray<{ readonly day: string; readonly requested: number; readonly used: number; readonly microsSoFar: number }>; readonly accounts: ReadonlyArray<{ readonly id: string; readonly address: string | null; readonly lived: ReadonlyArray<{ readonly from: string; readonly until: (string) | (null) }>; readonly paid: ReadonlyArray<{ readonly from: string; readonly until: (string) | (null) }>; readonly micros: number }> };
  };
  readonly "GET /api/licences/export": {
    readonly args: [input?: { readonly query?: { readonly month?: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/mail-accounts": {
    readonly args: [input?: { readonly query?: { readonly search?: string; readonly state?: "live" | "active" | "suspended" | "deleted"; readonly cursor?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly accounts: ReadonlyArray<{ readonly id: string; readonly address: string; readonly displayName: string; readonly quotaBytes: (number) | (null); readonly usedBytes: number; readonly messages: number; readonly state: "active" | "suspended" | "deleted"; readonly protocols: { readonly imap: boolean; readonly pop3: boolean; readonly smtp: boolean; readonly jmap: boolean; readonly webmail: boolean }; readonly createdAt: string; readonly updatedAt: string; readonly deletedAt: (string) | (null); readonly access: ({ readonly lastAt: (string) | (null); readonly hasPassword: boolean; readonly hasSecondFactor: boolean; readonly appPasswords: number; readonly connectedPrograms: number }) | (null) }>; readonly total: (number) | (null); readonly usedBytes: (number) | (null); readonly next: string | null };
  };
  readonly "POST /api/mail-accounts": {
    readonly args: [input: { readonly body: { readonly address: string; readonly displayName?: string; readonly quotaBytes: (number) | (null); readonly password?: string; readonly protocols?: { readonly imap?: boolean; readonly pop3?: boolean; readonly smtp?: boolean; readonly jmap?: boolean; readonly webmail?: boolean } } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly address: string; readonly displayName: string; readonly quotaBytes: (number) | (null); readonly usedBytes: number; readonly messages: number; readonly state: "active" | "suspended" | "deleted"; readonly protocols: { readonly imap: boolean; readonly pop3: boolean; readonly smtp: boolean; readonly jmap: boolean; readonly webmail: boolean }; readonly createdAt: string; readonly updatedAt: string; readonly deletedAt: (string) | (null) };
  };
  readonly "DELETE /api/mail-accounts/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/mail-accounts/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly address: string; readonly displayName: string; readonly quotaBytes: (number) | (null); readonly usedBytes: number; readonly messages: number; readonly state: "active" | "suspended" | "deleted"; readonly protocols: { readonly imap: boolean; readonly pop3: boolean; readonly smtp: boolean; readonly jmap: boolean; readonly webmail: boolean }; readonly createdAt: string; readonly updatedAt: string; readonly deletedAt: (string) | (null); readonly access: ({ readonly lastAt: (string) | (null); readonly hasPassword: boolean; readonly hasSecondFactor: boolean; readonly appPasswords: number; readonly connectedPrograms: number }) | (null) };
  };
  readonly "PATCH /api/mail-accounts/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly address?: string; readonly displayName?: string; readonly quotaBytes?: (number) | (null); readonly protocols?: { readonly imap?: boolean; readonly pop3?: boolean; readonly smtp?: boolean; readonly jmap?: boolean; readonly webmail?: boolean }; readonly state?: "active" | "suspended" } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly address: string; readonly displayName: string; readonly quotaBytes: (number) | (null); readonly usedBytes: number; readonly messages: number; readonly state: "active" | "suspended" | "deleted"; readonly protocols: { readonly imap: boolean; readonly pop3: boolean; readonly smtp: boolean; readonly jmap: boolean; readonly webmail: boolean }; readonly createdAt: string; readonly updatedAt: string; readonly deletedAt: (string) | (null) };
  };
  readonly "GET /api/mail-accounts/{id}/deleted-messages": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query?: { readonly search?: string; readonly after?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly messages: ReadonlyArray<{ readonly id: string; readonly subject: string; readonly sender: string; readonly sentAt: (string) | (null); readonly deletedAt: (string) | (null); readonly sizeBytes: number; readonly hasAttachment: boolean; readonly folder: string | null }>; readonly next: string | null; readonly days: number };
  };
  readonly "POST /api/mail-accounts/{id}/deleted-messages/restore": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly ids: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly recovered: number };
  };
  readonly "POST /api/mail-accounts/{id}/disconnect": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly factors: boolean } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/mail-accounts/{id}/invitation": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly link: string; readonly expiresAt: string };
  };
  readonly "POST /api/mail-accounts/{id}/password": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly password: string; readonly factors?: boolean } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/mail-accounts/{id}/purge": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/mail-accounts/{id}/restore": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly address: string; readonly displayName: string; readonly quotaBytes: (number) | (null); readonly usedBytes: number; readonly messages: number; readonly state: "active" | "suspended" | "deleted"; readonly protocols: { readonly imap: boolean; readonly pop3: boolean; readonly smtp: boolean; readonly jmap: boolean; readonly webmail: boolean }; readonly createdAt: string; readonly updatedAt: string; readonly deletedAt: (string) | (null) };
  };
  readonly "GET /api/mail-accounts/{id}/shares": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly shares: ReadonlyArray<{ readonly accountId: string; readonly address: string; readonly access: "read" | "write" | "manage" }>; readonly folders: ReadonlyArray<{ readonly folderId: string; readonly folder: string; readonly accountId: string; readonly address: string; readonly access: "read" | "write" }> };
  };
  readonly "PUT /api/mail-accounts/{id}/shares": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly shares: ReadonlyArray<{ readonly accountId: string; readonly access: "read" | "write" | "manage" }>; readonly endFolders?: ReadonlyArray<{ readonly folderId: string; readonly accountId: string }> } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/mail-accounts/export": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "POST /api/mail-accounts/import": {
    readonly args: [input: { readonly body: { readonly mode: "preview" | "apply"; readonly rows: ReadonlyArray<{ readonly line: number; readonly address: string; readonly displayName: string; readonly quotaBytes: (number) | (null); readonly password: string }> } }, options?: CallOptions];
    readonly reply: { readonly rows: ReadonlyArray<{ readonly line: number; readonly address: string; readonly outcome: "ready" | "created" | "exists" | "wrong"; readonly code: string | null; readonly awaitsPassword: boolean; readonly invitation: ({ readonly link: string; readonly expiresAt: string }) | (null) }> };
  };
  readonly "GET /api/mail-events": {
    readonly args: [input?: { readonly query?: { readonly address?: string; readonly traceId?: string; readonly messageId?: string; readonly subject?: string; readonly from?: string; readonly until?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly events: ReadonlyArray<{ readonly tenantId: string; readonly traceId: string; readonly at: string; readonly kind: "accepted" | "queued" | "delivered" | "deferred" | "held" | "sent" | "failed" | "bounced" | "dropped" | "retried" | "rate_limited" | "quarantined" | "released" | "refused"; readonly sender: string; readonly recipient: string; readonly headerMessageId: string; readonly subject: string; readonly detail: string }>; readonly searchedFrom: (string) | (null) };
  };
  readonly "GET /api/mail-policies": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly policies: ReadonlyArray<{ readonly domain: string; readonly greylist: boolean; readonly spamAction: "junk" | "quarantine" }> };
  };
  readonly "PUT /api/mail-policies/{domain}": {
    readonly args: [input: { readonly params: { readonly domain: string }; readonly body: { readonly greylist: boolean; readonly spamAction: "junk" | "quarantine" } }, options?: CallOptions];
    readonly reply: { readonly domain: string; readonly greylist: boolean; readonly spamAction: "junk" | "quarantine" };
  };
  readonly "GET /api/mail-quarantine": {
    readonly args: [input?: { readonly query?: { readonly text?: string; readonly before?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly messages: ReadonlyArray<{ readonly id: string; readonly mailAccountId: string; readonly sender: string; readonly recipient: string; readonly from: string; readonly subject: string; readonly sizeBytes: number; readonly score: number; readonly reasons: ReadonlyArray<string>; readonly heldAt: string; readonly keptUntil: string }> };
  };
  readonly "POST /api/mail-quarantine/{id}/delete": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "POST /api/mail-quarantine/{id}/release": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/mail-sender-rules": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly rules: ReadonlyArray<{ readonly id: string; readonly mailAccountId: (string) | (null); readonly domain: string | null; readonly verdict: "allow" | "deny"; readonly pattern: string; readonly createdAt: string }> };
  };
  readonly "POST /api/mail-sender-rules": {
    readonly args: [input: { readonly body: { readonly mailAccountId?: string; readonly domain?: string; readonly verdict: "allow" | "deny"; readonly pattern: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly mailAccountId: (string) | (null); readonly domain: string | null; readonly verdict: "allow" | "deny"; readonly pattern: string; readonly createdAt: string };
  };
  readonly "DELETE /api/mail-sender-rules/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/mail-stops": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly stops: ReadonlyArray<{ readonly tenantId: string; readonly mailAccountId: string; readonly address: string; readonly reason: "rate" | "reports" | "by_hand"; readonly stoppedAt: string; readonly held: number }> };
  };
  readonly "POST /api/mail-stops/{id}/lift": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: Readonly<Record<string, never>>;
  };
  readonly "GET /api/mail-transfers": {
    readonly args: [input?: { readonly query?: { readonly after?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly transfers: ReadonlyArray<{ readonly id: string; readonly accountId: string; readonly address: string; readonly host: string; readonly port: number; readonly security: "tls" | "starttls"; readonly user: string; readonly state: "waiting" | "running" | "paused" | "done" | "cancelled"; readonly problem: string | null; readonly requestedAt: string; readonly changedAt: string; readonly endedAt: (string) | (null); readonly progress: { readonly folders: number; readonly foldersDone: number; readonly total: number; readonly copied: number; readonly known: number; readonly failed: number; readonly bytes: number } }>; readonly next: (string) | (null) };
  };
  readonly "POST /api/mail-transfers": {
    readonly args: [input: { readonly body: { readonly rows: ReadonlyArray<{ readonly line: number; readonly address: string; readonly host: string; readonly port: number; readonly security: "tls" | "starttls"; readonly user: string; readonly password: string }> } }, options?: CallOptions];
    readonly reply: { readonly rows: ReadonlyArray<{ readonly line: number; readonly id: (string) | (null); readonly code: string | null }> };
  };
  readonly "GET /api/mail-transfers/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly accountId: string; readonly address: string; readonly host: string; readonly port: number; readonly security: "tls" | "starttls"; readonly user: string; readonly state: "waiting" | "running" | "paused" | "done" | "cancelled"; readonly problem: string | null; readonly requestedAt: string; readonly changedAt: string; readonly endedAt: (string) | (null); readonly progress: { readonly folders: number; readonly foldersDone: number; readonly total: number; readonly copied: number; readonly known: number; readonly failed: number; readonly bytes: number }; readonly folders: ReadonlyArray<{ readonly source: string; readonly mailbox: string; readonly state: "waiting" | "running" | "done"; readonly total: number; readonly copied: number; readonly known: number; readonly failed: number }>; readonly problems: ReadonlyArray<{ readonly mailbox: string; readonly uid: number; readonly subject: string; readonly sentAt: (string) | (null); readonly sizeBytes: number; readonly code: string }> };
  };
  readonly "POST /api/mail-transfers/{id}/cancel": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/mail-transfers/{id}/pause": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/mail-transfers/{id}/resume": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly password?: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/measures": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly measures: ReadonlyArray<{ readonly id: string; readonly level: "warning" | "restriction" | "limitation" | "suspension"; readonly capabilities: ReadonlyArray<"backup.new" | "backup.upload" | "backup.manage" | "mail.new" | "mail.send" | "mail.manage" | "mail.programs">; readonly recurrence: number; readonly state: "announced" | "in_force" | "expired" | "lifted" | "overturned"; readonly statement: string; readonly imposedAt: string; readonly startsAt: string; readonly endsAt: (string) | (null); readonly appealUntil: string; readonly endedAt: (string) | (null); readonly endReason: string; readonly appeal: ({ readonly id: string; readonly measureId: string; readonly body: string; readonly filedAt: string; readonly dueAt: string; readonly state: "open" | "upheld" | "rejected"; readonly decision: string; readonly decidedAt: (string) | (null) }) | (null) }>; readonly off: ReadonlyArray<"backup.new" | "backup.upload" | "backup.manage" | "mail.new" | "mail.send" | "mail.manage" | "mail.programs"> };
  };
  readonly "POST /api/measures/{id}/appeal": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly body: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly measureId: string; readonly body: string; readonly filedAt: string; readonly dueAt: string; readonly state: "open" | "upheld" | "rejected"; readonly decision: string; readonly decidedAt: (string) | (null) };
  };
  readonly "GET /api/notices": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly notices: ReadonlyArray<{ readonly id: string; readonly kind: "incident" | "maintenance"; readonly severity: "minor" | "major" | "critical"; readonly state: "investigating" | "identified" | "monitoring" | "resolved" | "planned" | "started" | "ended" | "cancelled"; readonly services: ReadonlyArray<"backup" | "mail" | "console">; readonly siteId: string | null; readonly titleIt: string; readonly titleEn: string; readonly plannedFrom: (string) | (null); readonly plannedUntil: (string) | (null); readonly openedAt: string; readonly closedAt: (string) | (null); readonly updates: ReadonlyArray<{ readonly state: "investigating" | "identified" | "monitoring" | "resolved" | "planned" | "started" | "ended" | "cancelled"; readonly isReport: boolean; readonly textIt: string; readonly textEn: string; readonly at: string }> }> };
  };
  readonly "DELETE /api/notices/calendar": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/notices/calendar": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly url: (string) | (null); readonly madeAt: (string) | (null) };
  };
  readonly "POST /api/notices/calendar": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly url: (string) | (null); readonly madeAt: (string) | (null) };
  };
  readonly "GET /api/offers": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly offers: ReadonlyArray<{ readonly sku: string; readonly version: number; readonly product: "backup" | "mail"; readonly name: { readonly it: string; readonly en: string }; readonly description: { readonly it: string; readonly en: string }; readonly siteId: string | null; readonly capacityBytes: (number) | (null); readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: string; readonly hostUse: "shared" | "reserved"; readonly ipAddresses: number; readonly quantityMax: number; readonly prices: ReadonlyArray<{ readonly unit: "hour" | "month"; readonly priceMicros: number; readonly validFrom: string; readonly next: ({ readonly priceMicros: number; readonly validFrom: string }) | (null) }> }> };
  };
  readonly "POST /api/orders": {
    readonly args: [input: { readonly body: { readonly key: string; readonly sku: string; readonly skuVersion: number; readonly quantity: number; readonly unit: "hour" | "month"; readonly priceMicros: number; readonly accepted: ReadonlyArray<{ readonly documentId: string; readonly version: number; readonly sha256: string }>; readonly siteId?: string; readonly label: string; readonly lockDays?: number } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly product: "backup" | "mail"; readonly sku: string; readonly skuVersion: number; readonly name: { readonly it: string; readonly en: string }; readonly quantity: number; readonly unit: "hour" | "month"; readonly siteId: string; readonly subjectId: string; readonly label: string; readonly state: "active" | "ended"; readonly startedAt: string; readonly endedAt: (string) | (null); readonly priceMicros: (number) | (null); readonly priceSince: (string) | (null); readonly nextPrice: ({ readonly priceMicros: number; readonly validFrom: string }) | (null); readonly unitEndsAt: string; readonly addresses: ReadonlyArray<string> };
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
  readonly "DELETE /api/points/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly confirmation: string; readonly dependants: number } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/points/{id}/dependants": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly dependants: ReadonlyArray<{ readonly id: string; readonly at: string; readonly locked: boolean }> };
  };
  readonly "POST /api/points/{id}/take-back": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly fileId: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/points/{id}/undelete": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/points/{id}/verify": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/policies": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly policies: ReadonlyArray<{ readonly id: string; readonly name: string; readonly version: number; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string>; readonly crossFileSystems: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes: number; readonly catchUp: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } }; readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly version: (number) | (null); readonly state: ("following" | "refused") | (null); readonly code: string | null; readonly acknowledgedAt: (string) | (null); readonly nextRunAt: (string) | (null); readonly pausedUntil: (string) | (null) }>; readonly updatedAt: string }> };
  };
  readonly "POST /api/policies": {
    readonly args: [input: { readonly body: { readonly name: string; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include?: ReadonlyArray<string>; readonly exclude?: ReadonlyArray<string>; readonly crossFileSystems?: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes?: number; readonly catchUp?: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds?: number; readonly onFailure?: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds?: number; readonly onFailure?: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } } } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly version: number; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string>; readonly crossFileSystems: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes: number; readonly catchUp: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } }; readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly version: (number) | (null); readonly state: ("following" | "refused") | (null); readonly code: string | null; readonly acknowledgedAt: (string) | (null); readonly nextRunAt: (string) | (null); readonly pausedUntil: (string) | (null) }>; readonly updatedAt: string };
  };
  readonly "DELETE /api/policies/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/policies/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly version: number; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string>; readonly crossFileSystems: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes: number; readonly catchUp: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } }; readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly version: (number) | (null); readonly state: ("following" | "refused") | (null); readonly code: string | null; readonly acknowledgedAt: (string) | (null); readonly nextRunAt: (string) | (null); readonly pausedUntil: (string) | (null) }>; readonly updatedAt: string };
  };
  readonly "PUT /api/policies/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly name: string; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include?: ReadonlyArray<string>; readonly exclude?: ReadonlyArray<string>; readonly crossFileSystems?: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes?: number; readonly catchUp?: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds?: number; readonly onFailure?: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds?: number; readonly onFailure?: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } }; readonly version: number } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly version: number; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string>; readonly crossFileSystems: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes: number; readonly catchUp: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } }; readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly version: (number) | (null); readonly state: ("following" | "refused") | (null); readonly code: string | null; readonly acknowledgedAt: (string) | (null); readonly nextRunAt: (string) | (null); readonly pausedUntil: (string) | (null) }>; readonly updatedAt: string };
  };
  readonly "PUT /api/policies/{id}/devices": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly deviceIds: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly version: number; readonly settings: { readonly sources: ReadonlyArray<({ readonly kind: "directory"; readonly name: string; readonly paths: ReadonlyArray<string>; readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string>; readonly crossFileSystems: boolean }) | ({ readonly kind: "image"; readonly name: string; readonly path: string }) | ({ readonly kind: "command"; readonly name: string; readonly command: string; readonly fileName: string })>; readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes: number; readonly catchUp: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly lockDays: (number) | (null); readonly bandwidth: { readonly bytesPerSecond: (number) | (null); readonly windows: ReadonlyArray<{ readonly days: ReadonlyArray<number>; readonly from: string; readonly to: string; readonly bytesPerSecond: (number) | (null) }> }; readonly hooks: { readonly before: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }>; readonly after: ReadonlyArray<{ readonly command: string; readonly timeoutSeconds: number; readonly onFailure: "stop" | "go_on" }> }; readonly compression: "fast" | "small"; readonly snapshot: "auto" | "off"; readonly chain: { readonly incrementsMax: number; readonly repackBytesMax: number }; readonly verify: ({ readonly everyDays: number; readonly sampleBytes: number }) | (null); readonly agentUpdates?: boolean; readonly alerts: { readonly onFailure: boolean; readonly noSuccessDays: number } }; readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly version: (number) | (null); readonly state: ("following" | "refused") | (null); readonly code: string | null; readonly acknowledgedAt: (string) | (null); readonly nextRunAt: (string) | (null); readonly pausedUntil: (string) | (null) }>; readonly updatedAt: string };
  };
  readonly "POST /api/policies/preview": {
    readonly args: [input: { readonly body: { readonly schedule: ({ readonly kind: "manual" }) | ({ readonly kind: "cron"; readonly expression: string; readonly timeZone: string; readonly spreadMinutes?: number; readonly catchUp?: boolean }); readonly retention: { readonly points: number; readonly days: number; readonly weeks: number; readonly months: number; readonly years: number }; readonly fullBytes?: number; readonly changedBytes?: number; readonly deviceIds?: ReadonlyArray<string> } }, options?: CallOptions];
    readonly reply: { readonly nextRuns: ReadonlyArray<string>; readonly keptAgesDays: ReadonlyArray<number>; readonly points: number; readonly reachDays: number | null; readonly storedBytes: (number) | (null); readonly basis: "measured" | "given" | "unknown" };
  };
  readonly "GET /api/price-list": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly provider: string; readonly currency: "EUR"; readonly taxBasisPoints: (number) | (null); readonly readAt: string; readonly sites: ReadonlyArray<{ readonly id: string; readonly name: string; readonly country: string; readonly jurisdiction: { readonly it: string; readonly en: string } }>; readonly offers: ReadonlyArray<{ readonly sku: string; readonly version: number; readonly product: "backup" | "mail"; readonly name: { readonly it: string; readonly en: string }; readonly description: { readonly it: string; readonly en: string }; readonly siteId: string | null; readonly capacityBytes: (number) | (null); readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: string; readonly hostUse: "shared" | "reserved"; readonly ipAddresses: number; readonly quantityMax: number; readonly prices: ReadonlyArray<{ readonly unit: "hour" | "month"; readonly priceMicros: number; readonly validFrom: string; readonly next: ({ readonly priceMicros: number; readonly validFrom: string }) | (null) }> }> };
  };
  readonly "GET /api/processors": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly subprocessors: ReadonlyArray<{ readonly id: string; readonly name: string; readonly serviceIt: string; readonly serviceEn: string; readonly country: string; readonly fromOn: string; readonly untilOn: (string) | (null); readonly state: "announced" | "active" | "ended" }>; readonly changes: ReadonlyArray<{ readonly id: string; readonly subprocessorId: string; readonly kind: "begins" | "ends"; readonly effectiveOn: string; readonly announcedAt: string; readonly objectionsUntil: string; readonly reasonIt: string; readonly reasonEn: string; readonly mayObject: boolean }>; readonly objections: ReadonlyArray<{ readonly changeId: string; readonly reason: string; readonly at: string; readonly answer: string | null; readonly answeredAt: (string) | (null) }>; readonly instructions: ReadonlyArray<{ readonly id: string; readonly text: string; readonly at: string; readonly done: string | null; readonly doneAt: (string) | (null) }> };
  };
  readonly "POST /api/processors/changes/{id}/objection": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly reason: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/processors/instructions": {
    readonly args: [input: { readonly body: { readonly text: string } }, options?: CallOptions];
    readonly reply: { readonly id: string };
  };
  readonly "GET /api/provider": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly name: string; readonly supportAddress: string; readonly vaultUrl: string; readonly webmailUrl: string; readonly jmapUrl: string | null; readonly agentKey: string | null; readonly mail: { readonly imaps: ({ readonly host: string; readonly port: number }) | (null); readonly pop3s: ({ readonly host: string; readonly port: number }) | (null); readonly submission: ({ readonly host: string; readonly port: number }) | (null); readonly smtps: ({ readonly host: string; readonly port: number }) | (null) } };
  };
  readonly "GET /api/scrubs": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly scrubs: ReadonlyArray<{ readonly id: string; readonly startedAt: string; readonly finishedAt: string; readonly parts: number; readonly bytes: number; readonly damaged: number; readonly place: "first" | "replica"; readonly mended: number }> };
  };
  readonly "GET /api/services": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly services: ReadonlyArray<{ readonly id: string; readonly product: "backup" | "mail"; readonly sku: string; readonly skuVersion: number; readonly name: { readonly it: string; readonly en: string }; readonly quantity: number; readonly unit: "hour" | "month"; readonly siteId: string; readonly subjectId: string; readonly label: string; readonly state: "active" | "ended"; readonly startedAt: string; readonly endedAt: (string) | (null); readonly priceMicros: (number) | (null); readonly priceSince: (string) | (null); readonly nextPrice: ({ readonly priceMicros: number; readonly validFrom: string }) | (null); readonly unitEndsAt: string; readonly addresses: ReadonlyArray<string> }> };
  };
  readonly "POST /api/services/{id}/changes": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly key: string; readonly sku: string; readonly skuVersion: number; readonly quantity: number; readonly unit: "hour" | "month"; readonly priceMicros: number; readonly accepted: ReadonlyArray<{ readonly documentId: string; readonly version: number; readonly sha256: string }> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly product: "backup" | "mail"; readonly sku: string; readonly skuVersion: number; readonly name: { readonly it: string; readonly en: string }; readonly quantity: number; readonly unit: "hour" | "month"; readonly siteId: string; readonly subjectId: string; readonly label: string; readonly state: "active" | "ended"; readonly startedAt: string; readonly endedAt: (string) | (null); readonly priceMicros: (number) | (null); readonly priceSince: (string) | (null); readonly nextPrice: ({ readonly priceMicros: number; readonly validFrom: string }) | (null); readonly unitEndsAt: string; readonly addresses: ReadonlyArray<string> };
  };
  readonly "POST /api/services/{id}/end": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly confirmation: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/sites": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly sites: ReadonlyArray<{ readonly id: string; readonly name: string; readonly country: string; readonly jurisdiction: { readonly it: string; readonly en: string }; readonly open: boolean; readonly availableBytes: (number) | (null) }> };
  };
  readonly "GET /api/spaces": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly spaces: ReadonlyArray<{ readonly id: string; readonly name: string; readonly siteId: string; readonly quotaBytes: number; readonly usedBytes: number; readonly pendingBytes: number; readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: "none" | "second_location"; readonly lockDays: number; readonly state: "active" | "suspended"; readonly threshold: (0) | (80) | (90) | (95); readonly createdAt: string }> };
  };
  readonly "POST /api/spaces": {
    readonly args: [input: { readonly body: { readonly siteId: string; readonly name: string; readonly quotaBytes: number; readonly lockDays?: number } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly siteId: string; readonly quotaBytes: number; readonly usedBytes: number; readonly pendingBytes: number; readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: "none" | "second_location"; readonly lockDays: number; readonly state: "active" | "suspended"; readonly threshold: (0) | (80) | (90) | (95); readonly createdAt: string };
  };
  readonly "DELETE /api/spaces/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly confirmation: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/spaces/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly siteId: string; readonly quotaBytes: number; readonly usedBytes: number; readonly pendingBytes: number; readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: "none" | "second_location"; readonly lockDays: number; readonly state: "active" | "suspended"; readonly threshold: (0) | (80) | (90) | (95); readonly createdAt: string };
  };
  readonly "PATCH /api/spaces/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly name?: string; readonly quotaBytes?: number; readonly lockDays?: number } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly name: string; readonly siteId: string; readonly quotaBytes: number; readonly usedBytes: number; readonly pendingBytes: number; readonly bandwidthBytesPerSecond: (number) | (null); readonly replicaPlan: "none" | "second_location"; readonly lockDays: number; readonly state: "active" | "suspended"; readonly threshold: (0) | (80) | (90) | (95); readonly createdAt: string };
  };
  readonly "GET /api/spaces/{id}/copies": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly replicaPlan: "none" | "second_location"; readonly copies: ReadonlyArray<{ readonly place: "first" | "replica"; readonly location: string | null; readonly blobs: number; readonly bytes: number; readonly waitingBlobs: number; readonly waitingBytes: number; readonly damagedBlobs: number; readonly storedAt: (string) | (null); readonly checkedAt: (string) | (null) }> };
  };
  readonly "GET /api/spaces/{id}/copies/blobs": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query?: { readonly after?: string; readonly pointId?: string; readonly limit?: number } }, options?: CallOptions];
    readonly reply: { readonly copies: ReadonlyArray<{ readonly blobId: string; readonly kind: "part" | "block_map" | "keyring" | "vbm"; readonly place: "first" | "replica"; readonly length: number; readonly sha256: string; readonly storedAt: (string) | (null); readonly checkedAt: (string) | (null); readonly state: "stored" | "waiting" | "damaged" }>; readonly nextAfter: (string) | (null) };
  };
  readonly "POST /api/status/subscriptions": {
    readonly args: [input: { readonly body: { readonly address: string; readonly language: "it" | "en"; readonly part?: { readonly service: "backup" | "mail" | "console"; readonly siteId: (string) | (null) } } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/support-access": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly grants: ReadonlyArray<{ readonly id: string; readonly ticketId: string; readonly operatorName: string; readonly reason: string; readonly askedScope: "read" | "act"; readonly askedHours: number; readonly askedAt: string; readonly state: "asked" | "granted" | "refused" | "lapsed" | "ended"; readonly scope: ("read" | "act") | (null); readonly until: (string) | (null); readonly endedAt: (string) | (null); readonly endReason: ("revoked" | "returned" | "expired") | (null) }> };
  };
  readonly "POST /api/support-access/{id}/grant": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly scope: "read" | "act"; readonly hours: number } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/support-access/{id}/refuse": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/support-access/{id}/revoke": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/support-access/entry": {
    readonly args: [input: { readonly body: { readonly code: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/tenant": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string };
  };
  readonly "PATCH /api/tenant": {
    readonly args: [input: { readonly body: { readonly country?: string; readonly vatNumber?: (string) | (null); readonly taxCode?: (string) | (null); readonly address?: (string) | (null); readonly postalCode?: (string) | (null); readonly city?: (string) | (null); readonly province?: (string) | (null); readonly certifiedMail?: (string) | (null); readonly invoiceRecipientCode?: (string) | (null); readonly name?: string; readonly language?: "it" | "en" } }, options?: CallOptions];
    readonly reply: { readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string };
  };
  readonly "PUT /api/tenant/policy": {
    readonly args: [input: { readonly body: { readonly requireTwoFactor: boolean } }, options?: CallOptions];
    readonly reply: { readonly country: string; readonly vatNumber: (string) | (null); readonly taxCode: (string) | (null); readonly address: (string) | (null); readonly postalCode: (string) | (null); readonly city: (string) | (null); readonly province: (string) | (null); readonly certifiedMail: (string) | (null); readonly invoiceRecipientCode: (string) | (null); readonly tenantId: string; readonly name: string; readonly state: "active" | "departed"; readonly language: "it" | "en"; readonly requireTwoFactor: boolean; readonly signedUp: boolean; readonly vetted: boolean; readonly createdAt: string };
  };
  readonly "GET /api/tickets": {
    readonly args: [input?: { readonly query?: { readonly state?: "active" | "ended" | "all"; readonly search?: string; readonly cursor?: string; readonly count?: number } }, options?: CallOptions];
    readonly reply: { readonly tickets: ReadonlyArray<{ readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null) }>; readonly nextCursor: string | null };
  };
  readonly "POST /api/tickets": {
    readonly args: [input: { readonly body: { readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly subject: string; readonly body: string; readonly concerns?: string; readonly files?: ReadonlyArray<{ readonly name: string; readonly mediaType: string; readonly content: string }> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null) };
  };
  readonly "GET /api/tickets/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly ticket: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null) }; readonly notice: ({ readonly id: string; readonly kind: "incident" | "maintenance"; readonly titleIt: string; readonly titleEn: string; readonly closedAt: (string) | (null) }) | (null); readonly entries: ReadonlyArray<{ readonly id: string; readonly author: "customer" | "operator" | "note" | "system"; readonly authorAddress: string; readonly body: string; readonly at: string; readonly fromNumber: (number) | (null); readonly files: ReadonlyArray<{ readonly id: string; readonly name: string; readonly mediaType: string; readonly sizeBytes: number }> }>; readonly hasOlder: boolean };
  };
  readonly "POST /api/tickets/{id}/answers": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly body: string; readonly files?: ReadonlyArray<{ readonly name: string; readonly mediaType: string; readonly content: string }> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null) };
  };
  readonly "GET /api/tickets/{id}/files/{fileId}": {
    readonly args: [input: { readonly params: { readonly id: string; readonly fileId: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "POST /api/tickets/{id}/solve": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly number: number; readonly kind: "question" | "incident" | "billing" | "abuse"; readonly severity: "low" | "normal" | "high" | "urgent"; readonly state: "open" | "waiting_customer" | "solved" | "closed"; readonly channel: "mail" | "portal" | "phone"; readonly subject: string; readonly concerns: string; readonly requesterAddress: string; readonly openedAt: string; readonly updatedAt: string; readonly reactionDueAt: string; readonly reactedAt: (string) | (null); readonly mergedInto: ({ readonly id: string; readonly number: number }) | (null) };
  };
  readonly "GET /api/tokens": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly tokens: ReadonlyArray<{ readonly id: string; readonly name: string; readonly hint: string; readonly owner: { readonly id: string; readonly login: string; readonly role: "owner" | "admin" | "billing" | "technician" | "read_only" | "auditor" }; readonly isOwn: boolean; readonly scopes: ReadonlyArray<"backup:read" | "backup:write" | "mail:read" | "mail:write" | "orders:read" | "orders:write" | "billing:read" | "billing:write" | "support:read" | "support:write" | "people:read" | "evidence:read" | "programs:read" | "programs:write">; readonly spaceIds: ReadonlyArray<string>; readonly domainIds: ReadonlyArray<string>; readonly networks: ReadonlyArray<string>; readonly createdAt: string; readonly expiresAt: string; readonly lastUsedAt: (string) | (null); readonly lastUsedIp: string | null }>; readonly grantable: ReadonlyArray<"backup:read" | "backup:write" | "mail:read" | "mail:write" | "orders:read" | "orders:write" | "billing:read" | "billing:write" | "support:read" | "support:write" | "people:read" | "evidence:read" | "programs:read" | "programs:write"> };
  };
  readonly "POST /api/tokens": {
    readonly args: [input: { readonly body: { readonly name: string; readonly scopes: ReadonlyArray<"backup:read" | "backup:write" | "mail:read" | "mail:write" | "orders:read" | "orders:write" | "billing:read" | "billing:write" | "support:read" | "support:write" | "people:read" | "evidence:read" | "programs:read" | "programs:write">; readonly spaceIds?: ReadonlyArray<string>; readonly domainIds?: ReadonlyArray<string>; readonly networks?: ReadonlyArray<string>; readonly expiresAt: string; readonly code?: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly secret: string };
  };
  readonly "DELETE /api/tokens/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/usage": {
    readonly args: [input: { readonly query: { readonly from: string; readonly to: string; readonly spaceId?: string } }, options?: CallOptions];
    readonly reply: { readonly days: ReadonlyArray<{ readonly day: string; readonly spaceId: string; readonly deviceId: string; readonly storedBytes: number; readonly receivedBytes: number; readonly restoredBytes: number; readonly points: number }>; readonly devices: ReadonlyArray<{ readonly id: string; readonly name: string }> };
  };
  readonly "GET /api/usage/csv": {
    readonly args: [input: { readonly query: { readonly from: string; readonly to: string; readonly spaceId?: string } }, options?: CallOptions];
    readonly reply: Response;
  };
  readonly "GET /api/webhooks": {
    readonly args: [input?: {  }, options?: CallOptions];
    readonly reply: { readonly endpoints: ReadonlyArray<{ readonly id: string; readonly name: string; readonly url: string; readonly topics: ReadonlyArray<"backup" | "devices" | "spaces" | "mail" | "domains" | "orders" | "billing" | "tickets" | "measures" | "notices" | "people">; readonly state: "active" | "paused" | "disabled"; readonly disabledReason: ("failing" | "gone" | "overflow") | (null); readonly secretBeforeUntil: (string) | (null); readonly failingSince: (string) | (null); readonly lastSuccessAt: (string) | (null); readonly waiting: number; readonly createdAt: string }> };
  };
  readonly "POST /api/webhooks": {
    readonly args: [input: { readonly body: { readonly name: string; readonly url: string; readonly topics: ReadonlyArray<"backup" | "devices" | "spaces" | "mail" | "domains" | "orders" | "billing" | "tickets" | "measures" | "notices" | "people"> } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly secret: string };
  };
  readonly "DELETE /api/webhooks/{id}": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "PUT /api/webhooks/{id}": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly body: { readonly name: string; readonly url: string; readonly topics: ReadonlyArray<"backup" | "devices" | "spaces" | "mail" | "domains" | "orders" | "billing" | "tickets" | "measures" | "notices" | "people"> } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "GET /api/webhooks/{id}/deliveries": {
    readonly args: [input: { readonly params: { readonly id: string }; readonly query?: { readonly cursor?: string } }, options?: CallOptions];
    readonly reply: { readonly deliveries: ReadonlyArray<{ readonly id: string; readonly eventId: string; readonly type: "backup.finished" | "backup.partial" | "backup.failed" | "backup.alarm_raised" | "backup.alarm_settled" | "backup.point_deleted" | "device.enrolled" | "device.revoked" | "device.deleted" | "space.created" | "space.changed" | "space.deleted" | "space.filling_up" | "mailbox.created" | "mailbox.changed" | "mailbox.deleted" | "mailbox.restored" | "mailbox.filling_up" | "sending.stopped" | "sending.resumed" | "domain.added" | "domain.activated" | "domain.removed" | "order.placed" | "order.changed" | "order.ended" | "invoice.issued" | "invoice.paid" | "invoice.overdue" | "credit_note.issued" | "budget.reached" | "ticket.opened" | "ticket.answered" | "ticket.solved" | "measure.imposed" | "measure.begun" | "measure.ended" | "notice.updated" | "person.joined" | "person.role_changed" | "person.removed" | "token.created" | "token.revoked" | "webhook.test"; readonly data: { readonly kind: string; readonly id: string }; readonly occurredAt: string; readonly state: "waiting" | "delivered" | "failed"; readonly attempts: number; readonly nextAt: (string) | (null); readonly lastAt: (string) | (null); readonly lastStatus: (number) | (null); readonly lastTrouble: ("not_public" | "no_such_host" | "tls" | "timeout" | "unreachable") | (null); readonly lastMs: (number) | (null) }>; readonly nextCursor: (string) | (null) };
  };
  readonly "POST /api/webhooks/{id}/deliveries/{deliveryId}/resend": {
    readonly args: [input: { readonly params: { readonly id: string; readonly deliveryId: string } }, options?: CallOptions];
    readonly reply: { readonly deliveryId: string };
  };
  readonly "POST /api/webhooks/{id}/pause": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/webhooks/{id}/resume": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: undefined;
  };
  readonly "POST /api/webhooks/{id}/secret": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly id: string; readonly secret: string };
  };
  readonly "POST /api/webhooks/{id}/test": {
    readonly args: [input: { readonly params: { readonly id: string } }, options?: CallOptions];
    readonly reply: { readonly deliveryId: string };
  };
}
