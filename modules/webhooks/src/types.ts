import type { WebhookEventType, WebhookTopic } from "@casaforte/contract/webhooks";
import type { Id, PrincipalId } from "@casaforte/kernel";

export type EndpointId = Id<"WebhookEndpoint">;
export type DeliveryId = Id<"WebhookDelivery">;
export type EventId = Id<"WebhookEvent">;

export type DisabledReason = "failing" | "gone" | "overflow";

/** Where a customer's program is told. */
export interface Endpoint {
  readonly id: EndpointId;
  readonly name: string;
  readonly url: string;
  readonly topics: readonly WebhookTopic[];
  readonly state: "active" | "paused" | "disabled";
  readonly disabledReason: DisabledReason | null;
  readonly sealedSecret: Uint8Array;
  readonly sealedBefore: Uint8Array | null;
  readonly beforeUntil: Date | null;
  readonly failingSince: Date | null;
  readonly restsUntil: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly createdBy: PrincipalId;
  readonly createdAt: Date;
}

/** Something that happened, as far as it is told: what, to what, when. */
export interface Happening {
  readonly eventId: EventId;
  readonly type: WebhookEventType;
  readonly kind: string;
  readonly objectId: string;
  readonly at: Date;
}

/** Why no answer came. */
export type Trouble = "not_public" | "no_such_host" | "tls" | "timeout" | "unreachable";

/** One event for one endpoint. */
export interface Delivery extends Happening {
  readonly id: DeliveryId;
  readonly endpointId: EndpointId;
  readonly state: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  readonly nextAt: Date | null;
  readonly triedSince: Date;
  readonly lastAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastTrouble: Trouble | null;
  readonly lastMs: number | null;
}
