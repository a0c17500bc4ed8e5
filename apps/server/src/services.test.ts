import { type Config, parseConfig } from "@casaforte/platform/config";
import { expect, test } from "vitest";
import { outboundOf } from "./outbound.ts";
import { sharedAddresses } from "./services.ts";

const config = (more: string): Config =>
  parseConfig(
    `
provider: { name: P, hostname: mx.p.example, supportAddress: help@p.example }
data: d
masterKeys: [{ id: 1, file: k }]
sites: [{ id: a, name: A, country: IT, jurisdiction: { it: I, en: I }, blobs: b${more.includes("leaving") ? ", outgoingMail: { ipv4: 192.0.2.25 }" : ""} }]
http: {}
mail: { outbound: { ${more.includes("relay") ? "mode: smarthost, host: r.example, port: 25" : `mode: direct${more.includes("dane") ? ', dane: { resolver: "127.0.0.1:5353" }' : ""}`} }, proxyProtocolFrom: [${more.includes("mail") ? '"10.1.1.1"' : ""}] }
${more.includes("web") ? 'trustedProxies: ["10.0.0.0/24"]' : ""}
`,
    "x",
  );

test("the brake never counts a proxy's address, and counts loopback's only when no proxy stands there", () => {
  expect(sharedAddresses(config(""))).toEqual([]);
  expect(sharedAddresses(config("web"))).toEqual(["10.0.0.0/24", "127.0.0.0/8", "::1"]);
  expect(sharedAddresses(config("mail"))).toEqual(["10.1.1.1", "127.0.0.0/8", "::1"]);
});

test("mail leaves from the address that the first site names, by MX and through a relay, else from the system's choice", () => {
  expect(outboundOf(config("leaving"), null)).toMatchObject({ kind: "mx", from: { ipv4: "192.0.2.25" } });
  expect(outboundOf(config("leaving, relay"), null)).toMatchObject({ kind: "smarthost", from: { ipv4: "192.0.2.25" } });
  expect(outboundOf(config(""), null)).not.toHaveProperty("from");
});

test("routes are asked of the resolver that checks DNSSEC where one is named, and of the system's else", () => {
  expect(outboundOf(config("dane"), null)).toHaveProperty("secureResolver");
  expect(outboundOf(config(""), null)).not.toHaveProperty("secureResolver");
});
