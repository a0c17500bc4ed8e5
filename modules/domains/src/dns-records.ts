import { createHash } from "node:crypto";
import type { DkimKey, Domain, StsMode } from "./types.ts";

/** The names of the provider's own systems that customers' DNS must point to. */
export interface MailHosts {
  /** Host of the MX role. */
  readonly mx: string;
  /** Name whose SPF record lists the outgoing addresses. */
  readonly spfInclude: string;
  /** Host for IMAP, POP3 and submission. */
  readonly mail: string;
  /** Where aggregate DMARC reports go. */
  readonly dmarcReports: string;
  /** Where reports of encryption on the way here go. */
  readonly tlsReports: string;
  /** What that host offers to mail programs beside IMAP and submission. */
  readonly offers: readonly ("pop3s" | "sieve")[];
  /** Where JMAP is for mail programs, which need not be that host; null where it is not offered. */
  readonly jmap: { readonly host: string; readonly port: number } | null;
}

/** Services that mail programs look up by SRV (RFC 6186, RFC 8314 §5.1, RFC 5804 §1.8; RFC 8620 §2.2 for JMAP), with their ports. */
const servicePorts = { imaps: 993, submissions: 465, pop3s: 995, sieve: 4190 } as const;

export type RecordPurpose =
  | "verification"
  | "mx"
  | "spf"
  | "dkim"
  | "dmarc"
  | "mta_sts"
  | "tls_reports"
  | "autoconfig"
  | "srv";

export interface ExpectedRecord {
  readonly purpose: RecordPurpose;
  readonly type: "TXT" | "MX" | "CNAME" | "SRV";
  readonly host: string;
  readonly value: string;
  /** Mail does not work without it. */
  readonly isRequired: boolean;
  /** Of `dkim`: whose record it is. */
  readonly key?: DkimKey;
}

/** Where the proof of ownership is published. */
export const verificationHost = (domain: Pick<Domain, "name">): string => `_casaforte.${domain.name}`;

/** What it says. */
export const verificationValue = (domain: Pick<Domain, "verificationToken">): string =>
  `casaforte-verification=${domain.verificationToken}`;

/** What senders read at `https://mta-sts.DOMAIN/.well-known/mta-sts.txt` of every domain hosted here (RFC 8461 §3.2). */
export const stsPolicyText = (hosts: Pick<MailHosts, "mx">, mode: StsMode): string =>
  `version: STSv1\r\nmode: ${mode}\r\nmx: ${hosts.mx}\r\nmax_age: 604800\r\n`;

/** Changes with the policy (RFC 8461 §3.1). */
const stsPolicyId = (hosts: Pick<MailHosts, "mx">, mode: StsMode): string =>
  createHash("sha256").update(stsPolicyText(hosts, mode)).digest("hex").slice(0, 16);

/** Where a DKIM key is published. */
export const dkimHost = (key: Pick<DkimKey, "selector" | "domainName">): string =>
  `${key.selector}._domainkey.${key.domainName}`;

/** What is published there (RFC 6376 §3.6.1, RFC 8463 §4). */
export const dkimValue = (key: Pick<DkimKey, "algorithm" | "publicKey">): string =>
  `v=DKIM1; k=${key.algorithm}; p=${key.publicKey}`;

/** Whether a TXT record publishes this key; whatever else its owner put in it. */
export function showsDkimKey(text: string, key: Pick<DkimKey, "algorithm" | "publicKey">): boolean {
  const tags = new Map<string, string>();
  for (const part of text.slice(0, 4_096).split(";")) {
    const at = part.indexOf("=");
    if (at > 0) tags.set(part.slice(0, at).trim(), part.slice(at + 1).replace(/\s+/g, ""));
  }
  return (tags.get("k") ?? "rsa") === key.algorithm && tags.get("p") === key.publicKey;
}

/** Mail is worth less without an RSA key in the DNS; everything else about keys can wait. */
const dkimRecord = (key: DkimKey, keys: readonly DkimKey[]): ExpectedRecord => ({
  purpose: "dkim",
  type: "TXT",
  host: dkimHost(key),
  value: dkimValue(key),
  isRequired:
    key.algorithm === "rsa" &&
    (key.state === "signing" ||
      (key.state === "waiting" && !keys.some((one) => one.algorithm === "rsa" && one.state === "signing"))),
  key,
});

/** Every record that the customer's DNS should have (R94), ready to copy. */
export function expectedRecords(
  domain: Pick<Domain, "name" | "verificationToken" | "stsMode">,
  keys: readonly DkimKey[],
  hosts: MailHosts,
): readonly ExpectedRecord[] {
  const { name } = domain;
  const { jmap } = hosts;
  const srv = (service: string, port: number, host: string): ExpectedRecord => ({
    purpose: "srv",
    type: "SRV",
    host: `_${service}._tcp.${name}`,
    value: `0 1 ${port} ${host}.`,
    isRequired: false,
  });
  return [
    {
      purpose: "verification",
      type: "TXT",
      host: verificationHost(domain),
      value: verificationValue(domain),
      isRequired: true,
    },
    { purpose: "mx", type: "MX", host: name, value: `10 ${hosts.mx}.`, isRequired: true },
    { purpose: "spf", type: "TXT", host: name, value: `v=spf1 include:${hosts.spfInclude} ~all`, isRequired: true },
    ...keys.map((key) => dkimRecord(key, keys)),
    {
      purpose: "dmarc",
      type: "TXT",
      host: `_dmarc.${name}`,
      value: `v=DMARC1; p=quarantine; rua=mailto:${hosts.dmarcReports}`,
      isRequired: true,
    },
    {
      purpose: "mta_sts",
      type: "TXT",
      host: `_mta-sts.${name}`,
      value: `v=STSv1; id=${stsPolicyId(hosts, domain.stsMode)}`,
      isRequired: false,
    },
    { purpose: "mta_sts", type: "CNAME", host: `mta-sts.${name}`, value: `${hosts.mail}.`, isRequired: false },
    {
      purpose: "tls_reports",
      type: "TXT",
      host: `_smtp._tls.${name}`,
      value: `v=TLSRPTv1; rua=mailto:${hosts.tlsReports}`,
      isRequired: false,
    },
    { purpose: "autoconfig", type: "CNAME", host: `autoconfig.${name}`, value: `${hosts.mail}.`, isRequired: false },
    { purpose: "autoconfig", type: "CNAME", host: `autodiscover.${name}`, value: `${hosts.mail}.`, isRequired: false },
    ...(["imaps", "submissions", ...hosts.offers] as const).map((service) =>
      srv(service, servicePorts[service], hosts.mail),
    ),
    ...(jmap === null ? [] : [srv("jmap", jmap.port, jmap.host)]),
  ];
}
