import type { DeviceId, MailAccountId, PrincipalId, TenantId } from "./ids.ts";

/** Roles of console users and operators (R74). An auditor looks at the evidence room for a while and at nothing else (R67). */
export type TenantRole = "owner" | "admin" | "billing" | "technician" | "read_only" | "auditor";
export type OperatorRole = "support" | "billing" | "infra" | "legal" | "security";

/** Who acts. Every operation and every audit row names one. `ip` is the address of the caller, if there is one. */
export type Actor =
  | {
      readonly kind: "user";
      readonly tenantId: TenantId;
      readonly principalId: PrincipalId;
      readonly role: TenantRole;
      readonly ip: string;
      /** The token for programs that speaks in this person's name (R78). */
      readonly tokenId?: string;
      /** The operator whom this person let in (R90): it is they who act, in this person's name. */
      readonly acting?: {
        readonly principalId: PrincipalId;
        readonly roles: readonly OperatorRole[];
        readonly grantId: string;
      };
    }
  | {
      readonly kind: "operator";
      readonly principalId: PrincipalId;
      readonly roles: readonly OperatorRole[];
      readonly ip: string;
      /** The token for programs that speaks in this operator's name (R78). */
      readonly tokenId?: string;
    }
  | {
      readonly kind: "mail_account";
      readonly tenantId: TenantId;
      readonly mailAccountId: MailAccountId;
      readonly principalId: PrincipalId;
      readonly ip: string;
    }
  | { readonly kind: "device"; readonly tenantId: TenantId; readonly deviceId: DeviceId; readonly ip: string }
  | { readonly kind: "visitor"; readonly ip: string }
  | { readonly kind: "system"; readonly name: string };
