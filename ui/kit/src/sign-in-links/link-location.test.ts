import { describe, expect, test } from "vitest";
import { readLink } from "./link-location.ts";

describe("the link in the address bar", () => {
  test("is read with the secret of its fragment", () => {
    expect(readLink({ pathname: "/reset-password", hash: "#abc_-123" })).toEqual({ page: "reset", token: "abc_-123" });
    expect(readLink({ pathname: "/accept-invitation/", hash: "#x" })).toEqual({ page: "invitation", token: "x" });
  });

  test("without a secret is a link that was cut short", () => {
    expect(readLink({ pathname: "/setup", hash: "" })).toEqual({ page: "setup", token: null });
  });

  test("is nothing on any other page, whatever its name", () => {
    for (const pathname of ["/", "/devices", "/reset-password/more", "/constructor", "/__proto__"])
      expect(readLink({ pathname, hash: "#abc" })).toBeNull();
  });
});
