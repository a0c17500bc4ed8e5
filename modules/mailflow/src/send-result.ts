/** How a try ended. `status` is an enhanced status code (RFC 3463). */
export type SendResult =
  /**
   * `isDelivered`: into a mailbox of the same customer, whose own step says it better. `success`: what the sender may be
   * told of it (RFC 3464 §2.3.3); `passed_on` is nothing, because who has it now will.
   */
  | {
      readonly kind: "sent";
      readonly reply: string;
      readonly isDelivered?: boolean;
      readonly success: "delivered" | "relayed" | "expanded" | "passed_on";
    }
  | { readonly kind: "deferred"; readonly reply: string }
  | { readonly kind: "failed"; readonly reply: string; readonly status: string };

/** A refusal as the other side worded it: 5xx is for good, anything else for now. */
export function resultOfReply(code: number | undefined, reply: string): SendResult {
  if (code === undefined || code < 500) return { kind: "deferred", reply };
  const status = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0] ?? "5.0.0";
  return { kind: "failed", reply, status };
}

/** What the other side would refuse, or cannot be said to it at all: there was no reply, and there will be none. */
export function resultUnasked(code: string | undefined, command: string | undefined, reply: string): SendResult | null {
  if (code === "EMESSAGE" && command === "MAIL FROM") return { kind: "failed", reply, status: "5.3.4" };
  if (code === "EENVELOPE" && command === "API") return { kind: "failed", reply, status: "5.1.3" };
  return null;
}
