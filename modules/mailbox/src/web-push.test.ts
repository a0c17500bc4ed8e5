import { createPublicKey, verify } from "node:crypto";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { encryptPush, isOnCurve, sealPush, vapidAuthorization, vapidKey } from "./web-push.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "base64url");

test("a push is encrypted as the example of RFC 8291 is", () => {
  const keys = {
    p256dh: bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
    auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
  };
  const sealed = sealPush(Buffer.from("When I grow up, I want to be a watermelon"), keys, {
    secret: bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
    salt: bytes("DGv6ra1nlYgDCS1FRnbzlw"),
  });
  expect(Buffer.from(sealed).toString("base64url")).toBe(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  );
  const random = new SeededRandom(1);
  const plain = Buffer.from("x");
  expect(encryptPush(plain, keys, random)).not.toEqual(encryptPush(plain, keys, random));
  // A point that is not on the curve would give the shared secret away.
  const p256dh = Buffer.from(keys.p256dh);
  p256dh[40] = (p256dh[40] ?? 0) ^ 1;
  expect([isOnCurve(keys.p256dh), isOnCurve(p256dh), isOnCurve(keys.auth)]).toEqual([true, false, false]);
  expect(() => encryptPush(plain, { ...keys, p256dh }, random)).toThrow();
});

test("a push service can check who pushes, and for which origin", () => {
  const key = vapidKey(bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "mailto:post@example.test");
  expect(key.publicKey).toBe("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
  const header = vapidAuthorization(key, "https://push.example.test/send/abc?d=1", 1_000_000_000_000);
  const [, token = "", k] = /^vapid t=(\S+), k=(\S+)$/.exec(header) ?? [];
  expect(k).toBe(key.publicKey);
  const [head = "", claims = "", signature = ""] = token.split(".");
  expect(JSON.parse(bytes(head).toString())).toEqual({ typ: "JWT", alg: "ES256" });
  expect(JSON.parse(bytes(claims).toString())).toEqual({
    aud: "https://push.example.test",
    exp: 1_000_000_000 + 12 * 3600,
    sub: "mailto:post@example.test",
  });
  const publicKey = createPublicKey(key.privateKey);
  const isGood = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    bytes(signature),
  );
  expect(isGood).toBe(true);
});
