import type { Actor, MailAccountId, TenantId } from "@casaforte/kernel";

/** Suspended: no login, mail is still accepted. Deleted: closed, can be called back for a while. */
export type MailAccountState = "active" | "suspended" | "deleted";

/** Which doors are open (R13). */
export interface MailProtocols {
  readonly imap: boolean;
  readonly pop3: boolean;
  readonly smtp: boolean;
  /** JMAP for other programs than webmail. */
  readonly jmap: boolean;
  readonly webmail: boolean;
}

/** A licensed mailbox of a person: address, quota, doors. Bytes are bigint. */
export interface MailAccount {
  readonly id: MailAccountId;
  readonly address: string;
  readonly displayName: string;
  readonly quotaBytes: bigint | null;
  readonly usedBytes: bigint;
  readonly messages: bigint;
  readonly state: MailAccountState;
  readonly protocols: MailProtocols;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}

/** A mail account somebody signed in to. */
export interface OpenedMailAccount {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly account: MailAccount;
}
