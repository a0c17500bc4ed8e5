import type { Endpoints } from "../support/product.ts";

/** The operator console's API, signed in as the demo's operator. */
export class OperatorSession {
  readonly #base: string;
  readonly #cookie: string;

  private constructor(base: string, cookie: string) {
    this.#base = base;
    this.#cookie = cookie;
  }

  static async open(endpoints: Endpoints): Promise<OperatorSession> {
    const { email, password } = endpoints.demo.operator;
    const reply = await fetch(`${endpoints.operator}/api/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: endpoints.operator, "sec-fetch-site": "same-origin" },
      body: JSON.stringify({ login: email, password }),
    });
    if (!reply.ok) throw new Error(`the operator could not sign in: ${reply.status} ${await reply.text()}`);
    const cookies = reply.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    return new OperatorSession(endpoints.operator, cookies.join("; "));
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#ask("GET", path)).json() as Promise<T>;
  }

  async text(path: string): Promise<string> {
    return Buffer.from(await (await this.#ask("GET", path)).arrayBuffer()).toString("latin1");
  }

  async post(path: string): Promise<Response> {
    return this.#ask("POST", path);
  }

  async #ask(method: string, path: string): Promise<Response> {
    const reply = await fetch(`${this.#base}${path}`, {
      method,
      headers: { cookie: this.#cookie, origin: this.#base, "sec-fetch-site": "same-origin" },
    });
    if (!reply.ok && reply.status !== 409) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply;
  }
}
