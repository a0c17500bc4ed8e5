import { createHash, X509Certificate } from "node:crypto";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { matchesTlsa, tlsaFor, tlsaText } from "./tlsa.ts";

test.each(["rsa", "ec"] as const)(
  "a record is of a certificate with an %s key by each selector and digest",
  async (keyType) => {
    const pem = await generate([{ name: "commonName", value: "mx.test" }], { keyType, algorithm: "sha256" });
    const other = await generate([{ name: "commonName", value: "mx.test" }], { keyType, algorithm: "sha256" });
    const { raw, publicKey } = new X509Certificate(pem.cert);
    const key = publicKey.export({ type: "spki", format: "der" });
    for (const [selector, selected] of [raw, key].entries()) {
      const digests = ["sha256", "sha512"].map((name) => createHash(name).update(selected).digest());
      for (const [matchingType, data] of [selected, ...digests].entries()) {
        const record = { usage: 3, selector, matchingType, data };
        expect([selector, matchingType, matchesTlsa(record, raw)]).toEqual([selector, matchingType, true]);
        expect(matchesTlsa(record, new X509Certificate(other.cert).raw)).toBe(false);
        expect(matchesTlsa({ ...record, data: data.subarray(1) }, raw)).toBe(false);
        expect(matchesTlsa({ ...record, selector: 2 }, raw)).toBe(false);
        expect(matchesTlsa({ ...record, matchingType: 3 }, raw)).toBe(false);
      }
    }
    const digest = createHash("sha256").update(key).digest("hex").toUpperCase();
    expect(tlsaText(tlsaFor(raw))).toBe(`3 1 1 ${digest}`);
  },
);
