import type { MailAccountId, TenantId } from "@casaforte/kernel";
import type { MailAddress } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import type { DsnRequest } from "@casaforte/smtp";
import type { HeaderField } from "./header-section.ts";
import type { Judgement } from "./judge-message.ts";
import type { Spooled } from "./spool.ts";
import type { Place, TraceId } from "./types.ts";

export interface PlannedForward {
  readonly via: MailAddress;
  readonly targets: readonly string[];
  readonly dsn: DsnRequest;
  /** Nobody else has the message by this address. */
  readonly isOnlyTarget: boolean;
}

export interface ArrivalAccount {
  readonly account: MailAccountId;
  readonly recipient: string;
  readonly place: Place | "quarantine";
  /** Null: a server in front has judged. */
  readonly judgement: Judgement | null;
  readonly dsn: DsnRequest;
}

/** A message that we want, with where it goes inside one tenant. */
export interface ArrivedMessage {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly sender: string;
  readonly headerMessageId: string;
  readonly fields: readonly HeaderField[];
  readonly spooled: Spooled;
  /** Fields for the top, each with its CRLF. */
  readonly trace: string;
  readonly accounts: readonly ArrivalAccount[];
  readonly forwards: readonly PlannedForward[];
  /** For the trace: where it came from. */
  readonly cameFrom: string;
  /** `refuse`: no promise when an account cannot have it at once; the sender keeps it and tries again. */
  readonly otherwise: "promise" | "refuse";
  /** What else belongs in the transaction. */
  readonly also?: (tx: TenantTx) => Promise<void>;
}
