import type { Clock, Logger, Random } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { Trouble } from "./types.ts";

export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** A status, or why there was none. */
export type WebhookAnswer = { readonly status: number } | { readonly trouble: Trouble };

/**
 * Sends one request to a server of the public internet, over TLS with a certificate that is checked; follows no
 * redirection and keeps nothing of the answer but its status. Throws only when `signal` was aborted.
 */
export type PostWebhook = (post: WebhookPost, signal: AbortSignal) => Promise<WebhookAnswer>;

export interface WebhookMail {
  readonly to: string;
  readonly language: "it" | "en";
  readonly subject: string;
  readonly text: string;
}

/** What webhooks work with. */
export interface WebhookServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly jobs: Jobs;
  /** 32 bytes that seal the endpoints' secrets. */
  readonly secretKey: Uint8Array;
  readonly post: PostWebhook;
  /** Of the customer console, without a slash at the end. */
  readonly consoleUrl: string;
  /** Active owners and administrators of the tenant of the transaction. */
  administrators(tx: TenantTx): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]>;
  /** Promised in the caller's transaction. */
  send(tx: TenantTx, mail: WebhookMail): Promise<unknown>;
}
