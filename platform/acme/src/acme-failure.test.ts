import { expect, test } from "vitest";
import { failureOf } from "./acme-failure.ts";
import { acmeLimits } from "./limits.ts";

const nowMs = Date.UTC(2026, 0, 1);
const problem = (type: string, detail = "too many of them") =>
  JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail });
const of = (status: number, body: string, retryAfter?: string) =>
  failureOf({ status, body, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } }, nowMs);

test("a limit of the authority carries the time to wait, in seconds or as a date, never longer than a week", () => {
  expect(of(429, problem("rateLimited"), "120")).toMatchObject({
    kind: "rate_limited",
    message: "rateLimited: too many of them",
    details: { retryAfterMs: 120_000 },
  });
  expect(of(429, "", "Thu, 01 Jan 2026 01:00:00 GMT").details).toEqual({ retryAfterMs: 3_600_000 });
  expect(of(503, "", "99999999")).toMatchObject({
    code: "acme.unreachable",
    details: { retryAfterMs: acmeLimits.retryAfterMsMax },
  });
  expect(of(429, "", "soon").details).toEqual({});
});

test("the authority's words are one line of bounded length, whatever it sends", () => {
  expect(of(403, problem("unauthorized", "a\r\nb\u001b[31m\u202ec")).message).toBe("unauthorized: a b [31m c");
  expect(of(400, problem("malformed", "x".repeat(10_000))).message).toHaveLength(acmeLimits.wordsMax);
  expect(of(502, "<html>bad gateway</html>")).toMatchObject({ code: "acme.unreachable", message: "status 502:" });
});
