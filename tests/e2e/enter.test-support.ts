import { expect } from "vitest";

/** Somebody who signed in by the API of a face; asks by a path such as `/api/auth/session`. */
export async function enter(face: string, login: string, secret: string) {
  const headers: Record<string, string> = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const ask = (path: string, body?: object, method = "POST") =>
    fetch(`${face}${path}`, body ? { method, headers, body: JSON.stringify(body) } : { headers });
  const entered = await ask("/api/auth/sign-in", { login, password: secret });
  expect(entered.status).toBe(200);
  headers["cookie"] = entered.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  return ask;
}
