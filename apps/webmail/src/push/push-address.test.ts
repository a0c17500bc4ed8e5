import { afterEach, expect, test, vi } from "vitest";
import { forgetPush } from "./push-address.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a browser that cannot take its push address back keeps nobody signed in", async () => {
  let asked = 0;
  const unsubscribe = () => {
    asked++;
    return Promise.reject(new Error("the push service is away"));
  };
  const registration = { pushManager: { getSubscription: async () => ({ unsubscribe }) } };
  vi.stubGlobal("navigator", { serviceWorker: { getRegistration: async () => registration } });
  vi.stubGlobal("window", { PushManager: true, Notification: true });
  await forgetPush();
  expect(asked).toBe(1);
});
