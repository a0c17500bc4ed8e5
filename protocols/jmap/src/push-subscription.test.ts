import { expect, test } from "vitest";
import { handleApi } from "./api.ts";
import { MemoryBackend } from "./memory/memory-backend.ts";
import { testAccount } from "./memory/test-account.ts";
import { capabilities, sessionObject } from "./session.ts";

const keys = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};
const wanted = { deviceClientId: "d", url: "https://push.example.test/x", keys, types: ["EmailDelivery"] };
const urls = { apiUrl: "", downloadUrl: "", uploadUrl: "", eventSourceUrl: "" };

test("a subscription is made, confirmed by its code, changed and ended; its address and keys are told to nobody", async () => {
  const { api, clock } = testAccount();
  const [[, made] = []] = await api(["PushSubscription/set", { create: { s: wanted } }, "c"]);
  const expires = new Date(clock.nowMs() + 7 * 86_400_000).toISOString().replace(".000Z", "Z");
  expect(made).toMatchObject({ created: { s: { id: "P1", expires } }, notCreated: null });
  const update = (patch: object) => api(["PushSubscription/set", { update: { P1: patch } }, "c"]);
  expect((await update({ verificationCode: "guess" }))[0]?.[1]).toMatchObject({
    notUpdated: { P1: { type: "invalidProperties", properties: ["verificationCode"] } },
  });
  expect((await update({ verificationCode: "code-P1", types: null }))[0]?.[1]).toMatchObject({ updated: { P1: null } });
  for (const patch of [{ url: wanted.url }, { keys: null }, { deviceClientId: "e" }]) {
    expect((await update(patch))[0]?.[1]).toMatchObject({ notUpdated: { P1: { type: "invalidProperties" } } });
  }
  const [[, told] = [], [, secret] = []] = await api(
    ["PushSubscription/get", { ids: ["P1", "P2"] }, "a"],
    ["PushSubscription/get", { ids: null, properties: ["url"] }, "b"],
  );
  expect(told).toEqual({
    list: [{ id: "P1", deviceClientId: "d", verificationCode: "code-P1", expires, types: null }],
    notFound: ["P2"],
  });
  expect(secret).toMatchObject({ type: "forbidden" });
  const [[, ended] = []] = await api(["PushSubscription/set", { destroy: ["P1", "P2"] }, "c"]);
  expect(ended).toMatchObject({ destroyed: ["P1"], notDestroyed: { P2: { type: "notFound" } } });
});

test("what is no address of the open web, no key and no date is refused by name", async () => {
  const { api } = testAccount();
  const bad: readonly (readonly [string, object])[] = [
    ["url", { url: "http://push.example.test/" }],
    ["url", { url: `https://push.example.test/${"x".repeat(2_000)}` }],
    ["url", { url: "https://" }],
    ["url", { url: "https://push.example.test/\0" }],
    ["deviceClientId", { deviceClientId: "" }],
    ["deviceClientId", { deviceClientId: "a\0" }],
    ["deviceClientId", { deviceClientId: "\ud800" }],
    ["keys", { keys: { ...keys, auth: "short" } }],
    ["keys", { keys: { ...keys, p256dh: keys.auth } }],
    ["expires", { expires: "soon" }],
    ["types", { types: ["a b"] }],
    ["verificationCode", { verificationCode: "mine" }],
  ];
  for (const [property, fields] of bad) {
    const [[, answer] = []] = await api(["PushSubscription/set", { create: { s: { ...wanted, ...fields } } }, "c"]);
    expect(answer).toMatchObject({ notCreated: { s: { type: "invalidProperties", properties: [property] } } });
  }
});

test("the session names the server's key, and without push neither key nor method is there", async () => {
  const { backend, account, logger } = testAccount();
  const session = await sessionObject(backend, urls);
  expect(session["capabilities"]).toMatchObject({
    [capabilities.vapid]: { applicationServerKey: backend.push?.applicationServerKey },
  });
  const silent = new MemoryBackend("maria@example.it", [account]);
  const other = await sessionObject(silent, urls);
  expect(other["capabilities"]).not.toHaveProperty(capabilities.vapid);
  expect(other["state"]).not.toBe(session["state"]);
  const reply = await handleApi(
    { using: [capabilities.core], methodCalls: [["PushSubscription/get", { ids: null }, "c"]] },
    silent,
    { nowMs: 0, logger },
  );
  expect(reply).toMatchObject({ response: { methodResponses: [["error", { type: "unknownMethod" }, "c"]] } });
});
