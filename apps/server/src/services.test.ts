import { type Config, parseConfig } from "@casaforte/platform/config";
import { expect, test } from "vitest";
import { sharedAddresses } from "./services.ts";

const config = (more: string): Config =>
  parseConfig(
    `
provider: { name: P, hostname: mx.p.example, supportAddress: help@p.example }
data: d
masterKeys: [{ id: 1, file: k }]
sites: [{ id: a, name: A, country: IT, jurisdiction: { it: I, en: I }, blobs: b }]
http: {}
mail: { outbound: { mode: direct }, proxyProtocolFrom: [${more.includes("mail") ? '"10.1.1.1"' : ""}] }
${more.includes("web") ? 'trustedProxies: ["10.0.0.0/24"]' : ""}
`,
    "x",
  );

test("the brake never counts a proxy's address, and counts loopback's only when no proxy stands there", () => {
  expect(sharedAddresses(config(""))).toEqual([]);
  expect(sharedAddresses(config("web"))).toEqual(["10.0.0.0/24", "127.0.0.0/8", "::1"]);
  expect(sharedAddresses(config("mail"))).toEqual(["10.1.1.1", "127.0.0.0/8", "::1"]);
});
