import type { Endpoints } from "../support/product.ts";

/** The API of one of the consoles or of webmail, signed in as one of the demo's people. */
export class WebSession {
  readonly #base: string;
  readonly #cookie: string;

  private constructor(base: string, cookie: string) {
    this.#base = base;
    this.#cookie = cookie;
  }

  /** The operator console. */
  static operator(endpoints: Endpoints): Promise<WebSession> {
    return WebSession.#open(endpoints.operator, endpoints.demo.operator);
  }

  /** The customer's console, as his administrator. */
  static customer(endpoints: Endpoints): Promise<WebSession> {
    return WebSession.#open(endpoints.console, endpoints.demo.customer);
  }

  /** Webmail, as the owner of a mail account. */
  static webmail(
    endpoints: Endpoints,
    { address, password }: { readonly address: string; readonly password: string },
  ): Promise<WebSession> {
    return WebSession.#open(endpoints.webmail, { email: address, password });
  }

  static async #open(base: string, who: { readonly email: string; readonly password: string }): Promise<WebSession> {
    const reply = await fetch(`${base}/api/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: base, "sec-fetch-site": "same-origin" },
      body: JSON.stringify({ login: who.email, password: who.password }),
    });
    if (!reply.ok) throw new Error(`${who.email} could not sign in: ${reply.status} ${await reply.text()}`);
    const cookies = reply.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    return new WebSession(base, cookies.join("; "));
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#ask("GET", path)).json() as Promise<T>;
  }

  async text(path: string): Promise<string> {
    return Buffer.from(await (await this.#ask("GET", path)).arrayBuffer()).toString("latin1");
  }

  async post(path: string, body?: unknown): Promise<Response> {
    return this.#ask("POST", path, body);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Response> {
    const reply = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        cookie: this.#cookie,
        origin: this.#base,
        "sec-fetch-site": "same-origin",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!reply.ok && reply.status !== 409) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply;
  }
}
