import type { WebhookEvent } from "./api.ts";

/** Why a request is not taken for an event. */
export class WebhookRefused extends Error {
  override readonly name = "WebhookRefused";
  readonly reason: "headers" | "too_old" | "from_the_future" | "signature" | "body";

  constructor(reason: WebhookRefused["reason"]) {
    super(`not an event: ${reason}`);
    this.reason = reason;
  }
}

export interface WebhookRequest {
  /** As it came: the very bytes as text, not parsed and printed again. */
  readonly body: string;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface VerifyOptions {
  /** How far its time may lie from ours, in seconds; 300 when absent. What is older was recorded and is played back. */
  readonly toleranceSeconds?: number;
  readonly nowMs?: number;
}

/**
 * The event that a request brings, after its signature and time were checked (Standard Webhooks 1.0). Give `whsec_…`; while
 * a secret is renewed, both. Remember `id` for as long as you remember what you did: an event may come more than once.
 * @throws WebhookRefused: answer with 400.
 */
export async function verifyWebhook(
  request: WebhookRequest,
  secrets: string | readonly string[],
  { toleranceSeconds = 300, nowMs = Date.now() }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const header = (name: string): string => {
    const { headers } = request;
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    if (typeof value !== "string" || value === "") throw new WebhookRefused("headers");
    return value;
  };
  const [id, timestamp, signatures] = [
    header("webhook-id"),
    header("webhook-timestamp"),
    header("webhook-signature").split(" "),
  ];
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookRefused("headers");
  const ageSeconds = nowMs / 1000 - Number(timestamp);
  if (ageSeconds > toleranceSeconds) throw new WebhookRefused("too_old");
  if (ageSeconds < -toleranceSeconds) throw new WebhookRefused("from_the_future");
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${request.body}`);
  if (!(await isSigned(signed, signatures, [secrets].flat()))) throw new WebhookRefused("signature");
  const event = parse(request.body);
  if (event.id !== id) throw new WebhookRefused("body");
  return event;
}

/** `crypto.subtle.verify` compares in constant time. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  signatures: readonly string[],
  secrets: readonly string[],
): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" } as const;
  for (const secret of secrets) {
    const bytes = fromBase64(secret.replace(/^whsec_/, ""));
    if (bytes === null || bytes.length === 0) throw new TypeError("a webhook's secret begins with whsec_");
    const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
    for (const each of signatures) {
      const signature = each.startsWith("v1,") ? fromBase64(each.slice(3)) : null;
      if (signature !== null && (await crypto.subtle.verify(algorithm, key, signature, signed))) return true;
    }
  }
  return false;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function parse(body: string): WebhookEvent {
  try {
    const event = JSON.parse(body) as WebhookEvent;
    if (event.version === 1 && typeof event.type === "string") return event;
  } catch {
    // Signed, and no event all the same.
  }
  throw new WebhookRefused("body");
}
