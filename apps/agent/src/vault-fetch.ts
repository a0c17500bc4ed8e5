import { Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as TlsAgent } from "node:https";
import type { VaultFetch, VaultFetchInit, VaultReply } from "@casaforte/vault";
import { connectionsMax, silenceMsMax } from "./limits.ts";

const agentOptions = { keepAlive: true, maxSockets: connectionsMax * 2, scheduling: "lifo" } as const;

/**
 * `fetch` on node:http: bodies go out of the memory they lie in and come in as the socket gives them, where the
 * platform's own copies each body and wraps each piece in a web stream. Redirects are not followed.
 */
export function createVaultFetch(): VaultFetch {
  const clear = new Agent(agentOptions);
  const tls = new TlsAgent(agentOptions);
  return (url, init) =>
    new Promise((resolve, reject) => {
      const target = new URL(url);
      const isTls = target.protocol === "https:";
      const length = init.body === undefined ? {} : { "content-length": String(Buffer.byteLength(init.body)) };
      const options = {
        method: init.method,
        headers: { ...init.headers, ...length },
        agent: isTls ? tls : clear,
        timeout: silenceMsMax,
        ...(init.signal ? { signal: init.signal } : {}),
      };
      const outgoing = isTls ? requestHttps(target, options) : requestHttp(target, options);
      outgoing.on("timeout", () => outgoing.destroy(new Error("the vault was silent for too long")));
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => resolve(replyOf(incoming)));
      outgoing.end(bodyOf(init));
    });
}

function bodyOf({ body }: VaultFetchInit): Uint8Array | string | undefined {
  return typeof body === "object" ? Buffer.from(body.buffer, body.byteOffset, body.length) : body;
}

function replyOf(incoming: IncomingMessage): VaultReply {
  const status = incoming.statusCode ?? 0;
  const body = {
    [Symbol.asyncIterator]: (): AsyncIterator<Uint8Array> => incoming[Symbol.asyncIterator](),
    // What is small is read to its end, so that the connection can be used again.
    cancel: async (): Promise<void> => void incoming.resume(),
  };
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => incoming.headers[name.toLowerCase()]?.toString() ?? null },
    body,
  };
}
