import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { generate } from "selfsigned";

/** A certificate authority on loopback that makes accounts and refuses every order as one too many. */
export class BusyAuthority {
  /** What it says; null: that there are too many of the name that is ordered. */
  words: string | null = null;
  /** When it may be asked again. */
  readonly retryAfterMs = 3_600_000;
  orders = 0;
  /** PEM of whoever signed its own certificate. */
  readonly ca: string;
  readonly #server: Server;
  #url = "";
  #nonces = 0;

  private constructor(pem: { readonly private: string; readonly cert: string }) {
    this.ca = pem.cert;
    this.#server = createServer({ key: pem.private, cert: pem.cert }, async (request, response) => {
      response.setHeader("replay-nonce", `nonce${this.#nonces++}`);
      response.setHeader("location", `${this.#url}/account/1`);
      let body = "";
      for await (const part of request) body += part;
      if (request.url === "/order") {
        response.statusCode = 429;
        response.setHeader("retry-after", String(this.retryAfterMs / 1000));
      }
      response.end(JSON.stringify(request.url === "/order" ? this.#refuse(body) : this.#addresses()));
    });
  }

  static async start(): Promise<BusyAuthority> {
    const altNames = [{ type: 7 as const, ip: "127.0.0.1" }];
    const pem = await generate([{ name: "commonName", value: "busy" }], {
      keyType: "ec",
      extensions: [{ name: "subjectAltName", altNames }],
    });
    const authority = new BusyAuthority(pem);
    authority.#server.listen(0, "127.0.0.1");
    await once(authority.#server, "listening");
    authority.#url = `https://127.0.0.1:${authority.#port()}`;
    return authority;
  }

  get directory(): string {
    return `${this.#url}/directory`;
  }

  #port(): number {
    const bound = this.#server.address();
    if (typeof bound !== "object" || bound === null) throw new Error("no port");
    return bound.port;
  }

  #addresses(): object {
    const [newNonce, newAccount, newOrder] = ["nonce", "account", "order"].map((what) => `${this.#url}/${what}`);
    return { newNonce, newAccount, newOrder };
  }

  #refuse(body: string): object {
    this.orders++;
    const { payload } = JSON.parse(body) as { payload: string };
    const { identifiers } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as {
      identifiers: readonly { readonly value: string }[];
    };
    const detail = this.words ?? `too many certificates already issued for "${identifiers[0]?.value}"`;
    return { type: "urn:ietf:params:acme:error:rateLimited", detail };
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
