import { expect, test } from "vitest";
import { isReporting, publicReportsOut } from "./reports-out.ts";

test.each([
  ["mx.provider.eu", true, undefined, "direct", true],
  ["mx.provider.eu", true, false, "direct", false],
  ["mx.provider.eu", false, true, "direct", false],
  ["mx.provider.eu", true, undefined, "sink", false],
  ["localhost", true, undefined, "direct", false],
  ["192.0.2.1", true, undefined, "direct", false],
  ["mx.provider.test", true, undefined, "direct", false],
  ["mx.provider.test", true, true, "smarthost", true],
] as const)("%s with dns %s, domainReports %s, outbound %s: domains get reports: %s", (...given) => {
  const [hostname, dns, domainReports, mode, expected] = given;
  const mail = { dns, outbound: { mode }, ...(domainReports === undefined ? {} : { domainReports }) };
  expect(isReporting({ provider: { hostname }, mail })).toBe(expected);
});

test("a report is posted to nobody inside, whatever a stranger's DNS asks", async () => {
  const report = { type: "application/tlsrpt+gzip", body: new Uint8Array(1) };
  const never = new AbortController().signal;
  for (const url of [
    "https://127.0.0.1/",
    "https://[::1]/",
    "http://far.test/",
    "https://u:p@far.test/",
    "https://10.0.0.1/",
  ])
    await expect(publicReportsOut.post(url, report, never)).rejects.toMatchObject({ code: "net.not_public" });
});
