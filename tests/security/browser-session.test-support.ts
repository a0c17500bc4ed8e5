/** A browser of one face over HTTP: keeps its cookies and says where it comes from. */
export class BrowserSession {
  readonly base: string;
  readonly cookies = new Map<string, string>();

  constructor(base: string) {
    this.base = base;
  }

  async send(method: string, path: string, body?: unknown): Promise<Response> {
    const reply = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        origin: this.base,
        "sec-fetch-site": "same-origin",
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const cookie of reply.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const at = pair.indexOf("=");
      if (pair.slice(at + 1) === "") this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return reply;
  }

  /** The answer's body. @throws Error unless it is 2xx. */
  async ask<Reply = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Reply> {
    const reply = await this.send(method, path, body);
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Reply;
  }

  async signIn(login: string, password: string): Promise<void> {
    await this.ask("POST", "/api/auth/sign-in", { login, password });
  }
}
