import { createHmac } from "node:crypto";
import type { WebhookEvent } from "@casaforte/contract/webhooks";
import { secretBytes } from "./secret.ts";
import type { Happening } from "./types.ts";

/** The body: ids and kinds, nothing that needs a right to be read. */
export function bodyOf({ eventId, type, kind, objectId, at }: Happening): string {
  const event: WebhookEvent = {
    version: 1,
    id: eventId,
    type,
    timestamp: at.toISOString(),
    data: { kind, id: objectId },
  };
  return JSON.stringify(event);
}

/**
 * The headers of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, one signature a secret that is in force. The
 * time is that of sending, in seconds, so that a receiver can refuse what was recorded and is played back.
 */
export function signedHeaders(
  message: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatureOf = (secret: string) =>
    `v1,${createHmac("sha256", secretBytes(secret)).update(`${message.id}.${timestamp}.${message.body}`).digest("base64")}`;
  return {
    "content-type": "application/json",
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": secrets.map(signatureOf).join(" "),
  };
}
