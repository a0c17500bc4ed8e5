import { type DomainId, newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import type { MailHosts } from "./dns-records.ts";
import { checkRecords, expectedRecords } from "./index.ts";
import type { DkimKey, DkimKeyId, Domain } from "./types.ts";

const clock = new FakeClock();
const random = new SeededRandom(3);
const now = new Date(clock.nowMs());

test("R94: the DNS check tells right, different, missing and unanswered apart", async () => {
  const domain: Domain = {
    tenantId: newId<TenantId>(clock, random),
    id: newId<DomainId>(clock, random),
    name: "contested.example",
    state: "active",
    verificationToken: "proof",
    createdAt: now,
    verifiedAt: now,
    checkedAt: null,
    aliasOf: null,
    stsMode: "testing",
    stsModeFrom: null,
    closedAt: null,
  };
  const key: DkimKey = {
    id: newId<DkimKeyId>(clock, random),
    domainId: domain.id,
    domainName: domain.name,
    selector: "cf1",
    algorithm: "rsa",
    publicKey: "BBBB",
    state: "signing",
    isShown: false,
    lookedAt: null,
    createdAt: now,
    signingFrom: now,
    keptFrom: null,
    retiredAt: null,
  };
  const records = expectedRecords(domain, [key], {
    mx: "mx.provider.example",
    spfInclude: "_spf.provider.example",
    mail: "mail.provider.example",
    dmarcReports: "dmarc@provider.example",
    tlsReports: "tls@provider.example",
    offers: [],
    jmap: null,
  });
  const txt: Record<string, string[][]> = {
    "contested.example": [["v=spf1 ip4:192.0.2.1 ", "include:_spf.provider.example -all"], ["other"]],
    "_dmarc.contested.example": [["v=DMARC1; p=reject"]],
    "cf1._domainkey.contested.example": [["v=DKIM1; k=rsa; p=AAAA"]],
  };
  const states = Object.fromEntries(
    (
      await checkRecords(records, {
        resolveTxt: async (name) => {
          const found = txt[name];
          if (!found) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
          return found;
        },
        resolveMx: () => Promise.reject(new Error("SERVFAIL")),
        resolveCname: async (name) => (name.startsWith("mta-sts.") ? [] : ["Mail.Provider.example"]),
        resolveSrv: async (name) =>
          name.startsWith("_imaps.") ? [] : [{ name: "mail.provider.example", port: 466, priority: 5, weight: 2 }],
      })
    ).map((record) => [record.purpose, record.state]),
  );
  expect(states).toEqual({
    verification: "missing",
    mx: "unchecked",
    spf: "ok",
    dkim: "different",
    dmarc: "ok",
    mta_sts: "missing",
    tls_reports: "missing",
    autoconfig: "ok",
    srv: "different",
  });
});

test("R94: mail programs find what the host offers, each service by its own record, and nothing it does not offer", () => {
  const domain = { name: "casa.example", verificationToken: "t", stsMode: "testing" } as const;
  const hosts = { mx: "mx.p.example", spfInclude: "s", mail: "mail.p.example", dmarcReports: "d", tlsReports: "t" };
  const found = (offers: readonly ("pop3s" | "sieve")[], jmap: MailHosts["jmap"] = null) =>
    expectedRecords(domain, [], { ...hosts, offers, jmap })
      .filter(({ purpose }) => purpose === "srv" || purpose === "autoconfig")
      .map(({ type, host, value }) => `${host} ${type} ${value}`);
  const always = [
    "autoconfig.casa.example CNAME mail.p.example.",
    "autodiscover.casa.example CNAME mail.p.example.",
    "_imaps._tcp.casa.example SRV 0 1 993 mail.p.example.",
    "_submissions._tcp.casa.example SRV 0 1 465 mail.p.example.",
  ];
  expect(found([])).toEqual(always);
  expect(found(["pop3s", "sieve"])).toEqual([
    ...always,
    "_pop3s._tcp.casa.example SRV 0 1 995 mail.p.example.",
    "_sieve._tcp.casa.example SRV 0 1 4190 mail.p.example.",
  ]);
  expect(found([], { host: "jmap.p.example", port: 8443 })).toEqual([
    ...always,
    "_jmap._tcp.casa.example SRV 0 1 8443 jmap.p.example.",
  ]);
});
