import { request } from "node:https";
import { isIP } from "node:net";
import { Failure } from "@casaforte/kernel";
import { type PostWebhook, type WebhookAnswer, type WebhookPost, webhooksLimits } from "@casaforte/modules/webhooks";

export interface WebhookPoster {
  /** The address to connect to for a host that a customer named. @throws Failure when it leads inside, or nowhere. */
  readonly resolve: (host: string, signal: AbortSignal) => Promise<string>;
  /** Certificates to trust beside the well-known ones. */
  readonly ca?: string;
}

/**
 * Sends events to customers' servers: each time the name is resolved anew and the very address that was looked at is
 * connected to, for TLS with the name's own certificate; a redirection is an answer like any other (R79, check 9).
 */
export function webhookPoster({ resolve, ca }: WebhookPoster): PostWebhook {
  return async (post, signal) => {
    const deadline = AbortSignal.timeout(webhooksLimits.answerMs);
    const ended = AbortSignal.any([signal, deadline]);
    try {
      const url = new URL(post.url);
      const host = url.hostname.replace(/^\[|\]$/g, "");
      const address = await before(ended, resolve(host, ended));
      return await exchange(post, { url, host, address }, { ca, signal: ended });
    } catch (error) {
      signal.throwIfAborted();
      return { trouble: deadline.aborted ? "timeout" : troubleOf(error) };
    }
  };
}

/** A DNS that does not answer counts into the time that a receiver has. */
function before<T>(ended: AbortSignal, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    ended.addEventListener("abort", () => reject(ended.reason), { once: true });
  });
  return Promise.race([work, late]);
}

function troubleOf(error: unknown): Extract<WebhookAnswer, { trouble: string }>["trouble"] {
  if (error instanceof Failure && error.code === "net.not_public") return "not_public";
  if (error instanceof Failure && error.code === "net.no_such_host") return "no_such_host";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|SSL|TLS|SIGNATURE|SELF_SIGNED|ALTNAME|EPROTO/.test(code) ? "tls" : "unreachable";
}

function exchange(
  { headers, body }: WebhookPost,
  { url, host, address }: { readonly url: URL; readonly host: string; readonly address: string },
  { ca, signal }: { readonly ca: string | undefined; readonly signal: AbortSignal },
): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: address,
        port: url.port === "" ? 443 : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method: "POST",
        agent: false,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        minVersion: "TLSv1.2",
        ...(ca === undefined ? {} : { ca }),
        headers: {
          ...headers,
          host: url.host,
          "user-agent": "Casaforte-Webhooks/1",
          "content-length": Buffer.byteLength(body),
        },
        signal,
      },
      (response) => {
        let bytes = 0;
        const status = response.statusCode ?? 0;
        // Some answer with numbers that HTTP has no kind for.
        const done = () => resolve(status >= 100 && status <= 599 ? { status } : { trouble: "unreachable" });
        // What it says beside its status is thrown away, and too much of it is not waited for.
        response.on("data", (piece: Buffer) => {
          bytes += piece.length;
          if (bytes <= webhooksLimits.answerBytesMax) return;
          done();
          response.destroy();
        });
        response.on("end", done);
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
