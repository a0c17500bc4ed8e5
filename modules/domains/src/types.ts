import type { Bytes, Clock, DomainId, Id, MailAccountId, Random, TenantId } from "@casaforte/kernel";

export type AddressId = Id<"Address">;

export interface Domain {
  readonly tenantId: TenantId;
  readonly id: DomainId;
  /** Lower-case A-labels. */
  readonly name: string;
  readonly state: "pending" | "active";
  readonly verificationToken: string;
  readonly createdAt: Date;
  readonly verifiedAt: Date | null;
  readonly checkedAt: Date | null;
  /** Whose addresses it has, when it is an alias domain. */
  readonly aliasOf: DomainId | null;
  readonly stsMode: StsMode;
  /** Since when; null: since it was added. */
  readonly stsModeFrom: Date | null;
  /** Since when it is being deleted: nobody activates it or adds to it. */
  readonly closedAt: Date | null;
}

/** What senders are told to do without TLS on the way here (RFC 8461 §5). */
export type StsMode = "testing" | "enforce";

export type DkimKeyId = Id<"DkimKey">;
export type DkimAlgorithm = "rsa" | "ed25519";
/** `waiting` for the DNS to show it; `kept` in the DNS for mail still under way; `retired`: its private half is gone. */
export type DkimKeyState = "waiting" | "signing" | "kept" | "retired";

export interface DkimKey {
  readonly id: DkimKeyId;
  readonly domainId: DomainId;
  readonly domainName: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** As in the DNS. */
  readonly publicKey: string;
  readonly state: DkimKeyState;
  /** Whether the DNS showed it when it was looked at last. It signs only while this is true. */
  readonly isShown: boolean;
  readonly lookedAt: Date | null;
  readonly createdAt: Date;
  readonly signingFrom: Date | null;
  readonly keptFrom: Date | null;
  readonly retiredAt: Date | null;
}

export type AddressKind = "mailbox" | "alias" | "forward" | "catch_all" | "group";

export interface Address {
  readonly id: AddressId;
  readonly domainId: DomainId;
  /** Empty for the catch-all. */
  readonly localPart: string;
  readonly domainName: string;
  readonly kind: AddressKind;
  readonly mailAccountId: MailAccountId | null;
  readonly forwardTo: readonly string[];
}

/** How somebody may use another's address: as if it were his own, or on behalf of its owner, himself named in Sender. */
export type SendRightMode = "as" | "on_behalf";

export interface GivenSendRight {
  readonly mailAccountId: MailAccountId;
  readonly mode: SendRightMode;
}

/** An address that an account may write in From, and by what right. */
export interface SenderAddress {
  readonly address: string;
  readonly right: "own" | SendRightMode;
}

/** Where a recipient leads. `not_hosted`: some other system's; `unknown`: ours, and nobody has it. */
export type Resolution =
  | { readonly kind: "not_hosted" }
  | { readonly kind: "unknown"; readonly tenantId: TenantId }
  | {
      readonly kind: "found";
      readonly tenantId: TenantId;
      readonly domainId: DomainId;
      readonly mailAccountId: MailAccountId | null;
      /** Addresses to pass it on to, besides the account. */
      readonly forwardTo: readonly string[];
      readonly isCatchAll: boolean;
    };

/** What the operations need besides the transaction. */
export interface DomainServices {
  readonly clock: Clock;
  readonly random: Random;
  /** 32 bytes that seal the private DKIM keys. */
  readonly secretKey: Bytes;
}

/** TXT records of a name; each is its strings, in order. An empty list when there are none or no such name. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;
