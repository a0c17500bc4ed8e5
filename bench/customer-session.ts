import type { Endpoints } from "../tests/support/product.ts";

/** Signs in to the console as the demo's customer. Returns a maker of enrolment tokens. */
export async function openCustomer(endpoints: Endpoints): Promise<(name: string) => Promise<string>> {
  const headers = {
    "content-type": "application/json",
    origin: endpoints.console,
    "sec-fetch-site": "same-origin",
  };
  const post = async (path: string, body: object, cookie = ""): Promise<Response> => {
    const reply = await fetch(`${endpoints.console}${path}`, {
      method: "POST",
      headers: { ...headers, cookie },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply;
  };
  const { email, password } = endpoints.demo.customer;
  const signedIn = await post("/api/auth/sign-in", { login: email, password });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  return async (name) => {
    const wanted = { spaceId: endpoints.demo.space.id, kind: "server", name };
    const { token } = (await (await post("/api/enrolments", wanted, cookie)).json()) as { token: string };
    return token;
  };
}
