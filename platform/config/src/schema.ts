import { isIP } from "node:net";
import { daySchema } from "@casaforte/contract/time";
import { z } from "zod";

const port = z.number().int().min(0).max(65_535);
/** Files, or a certificate that the authority of `acme` issues for the listener's own host name. */
const tls = z.union([z.literal("acme"), z.strictObject({ key: z.string(), cert: z.string() })]);

function isNetwork(text: string): boolean {
  const [base = "", bits, ...rest] = text.split("/");
  const family = isIP(base);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
const network = z.string().refine(isNetwork, "give an IP address or a network such as 10.0.0.0/8");

/** Of the provider's own, for customers to reach: no link's own addresses, no wide networks, by themselves or with a port. */
function isImportServer(text: string): boolean {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const place = six ?? four ?? text;
  const [base = "", bits] = place.split("/");
  if (!isNetwork(place) || /^(?:169\.254\.|fe[89ab])/i.test(base)) return false;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return bits === undefined || Number(bits) >= (isIP(base) === 4 ? 16 : 48);
}
const importServer = z
  .string()
  .refine(isImportServer, "give an address such as 10.1.0.7 or 10.1.0.7:1993, or a network of at most /16 (IPv6: /48)");
/**
 * A validating resolver is believed what it says of its checks, so nobody else may be able to answer in its name: it runs on
 * this machine or in the provider's own network.
 */
const trustedResolver = z.string().refine((text) => {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const place = six ?? four ?? text;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (isIP(place) === 4) return /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(place);
  return isIP(place) === 6 && /^(?:::1$|f[cd])/i.test(place);
}, "give the address of a resolver of your own, on this machine or in your network, such as 127.0.0.1 or 127.0.0.1:5353");
const address = z.string().refine((text) => isIP(text) !== 0, "give an IP address");
const httpListener = z.strictObject({
  host: z.string().default("127.0.0.1"),
  port,
  tls: tls.optional(),
  publicUrl: z.url().optional(),
});
const streamListener = z.strictObject({ host: z.string().default("127.0.0.1"), port });

const hostCheck = z.strictObject({
  /** As the inventory names it. */
  name: z.string().min(1).max(100),
  /** `tcp://10.0.0.11:22`: the port takes a connection; `http` or `https`: the page answers with 2xx. */
  url: z
    .url({ protocol: /^(tcp|https?)$/ })
    .max(500)
    .refine((url) => !url.startsWith("tcp:") || new URL(url).port !== "", "name the port, such as tcp://10.0.0.11:22")
    .refine((url) => new URL(url).username === "" && new URL(url).password === "", "leave name and password out of it"),
});

/** Every role of the program; any set of them makes a process. */
export const roleNames = ["console", "operator", "webmail", "vault", "mail", "mx", "worker"] as const;
export type RoleName = (typeof roleNames)[number];

export const httpListenerNames = ["console", "operator", "webmail", "vault", "jmap"] as const;
export const streamListenerNames = ["smtp", "submission", "smtps", "imap", "imaps", "pop3", "pop3s", "sieve"] as const;

const siteSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  name: z.string().min(1),
  country: z.string().length(2),
  jurisdiction: z.strictObject({ it: z.string().min(1), en: z.string().min(1) }),
  /** Folder of this site's blobs; never shared between sites (architecture rule 7). */
  blobs: z.string(),
  /** A second location of the same site, with a copy of the spaces that were sold with one (R28, R32). */
  replica: z.strictObject({ name: z.string().min(1).max(200), blobs: z.string() }).optional(),
  /** Addresses of the host that mail leaves from; only at the first site, where the mail lies. Else the system chooses. */
  outgoingMail: z
    .strictObject({ ipv4: z.ipv4().optional(), ipv6: z.ipv6().optional() })
    .refine(({ ipv4, ipv6 }) => ipv4 !== undefined || ipv6 !== undefined, "name ipv4, ipv6 or both")
    .refine(
      // Sockets may be bound to all of these, and no connection leaves from them.
      ({ ipv4 = "", ipv6 = "" }) => !/^(0|22[4-9]|2[345]\d)\./.test(ipv4) && !/^(ff|[0:]+$)/i.test(ipv6),
      "name an address of one host",
    )
    .optional(),
  /** What may be sold there in all, in bytes; without it nobody limits it. */
  capacityBytes: z
    .number()
    .int()
    .nonnegative()
    .transform((bytes) => BigInt(bytes))
    .optional(),
});

/** The configuration file of `casaforte serve` (YAML). Relative paths are relative to the file. */
export const configSchema = z.strictObject({
  provider: z.strictObject({
    name: z.string().min(1),
    hostname: z.string().min(1),
    supportAddress: z.email(),
    /** The mail of the support address's domain comes here: its mailbox is made, and what it gets becomes tickets. */
    supportMailbox: z.boolean().default(false),
    language: z.enum(["it", "en"]).default("it"),
    /** Firms may make their own account at the console; without it operators make each customer (R73). */
    signUp: z.boolean().default(false),
    /** Others who process customers' data for the provider (GDPR, art. 28); customers read the list (R82). */
    subProcessors: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(200),
          service: z.strictObject({ it: z.string().min(1).max(300), en: z.string().min(1).max(300) }),
          country: z.string().regex(/^[A-Z]{2}$/),
          since: daySchema,
        }),
      )
      .max(100)
      .default([]),
  }),
  /** Keys, audit anchors and everything else that must not lie in the database. */
  data: z.string(),
  database: z
    .strictObject({ url: z.string().optional(), operatorUrl: z.string().optional(), ownerUrl: z.string().optional() })
    .default({}),
  /** Files of 32 random bytes each, newest first. Escrow them outside. */
  masterKeys: z.array(z.strictObject({ id: z.number().int().min(1), file: z.string() })).min(1),
  sites: z
    .array(siteSchema)
    .min(1)
    .refine(
      (sites) => sites.slice(1).every(({ outgoingMail }) => outgoingMail === undefined),
      "mail lies at the first site and leaves from there: outgoingMail belongs to that one",
    ),
  /** How a worker sees, four times a minute, that a storage server of the inventory is there (R24). */
  hostChecks: z
    .array(hostCheck)
    .max(500)
    .refine((checks) => new Set(checks.map(({ name }) => name)).size === checks.length, "name each host once")
    .default([]),
  roles: z
    .array(z.enum(roleNames))
    .min(1)
    .default([...roleNames]),
  http: z.strictObject({
    console: httpListener.optional(),
    operator: httpListener.optional(),
    webmail: httpListener.optional(),
    vault: httpListener.optional(),
    /** JMAP for other programs than webmail, of the role `mail`; the version before this one knows no app passwords for it. */
    jmap: httpListener.optional(),
  }),
  vault: z
    .strictObject({
      /** Zeros inside points are neither sent nor stored. The version before this one reads no such points. */
      leaveOutZeros: z.boolean().default(false),
    })
    .default({ leaveOutZeros: false }),
  /** Folder with a folder for each further certificate: NAME/fullchain.pem and NAME/privkey.pem. */
  hostCertificates: z.string().optional(),
  /** A certificate authority for our own and customers' host names (RFC 8555, http-01); without it there is none. */
  acme: z
    .strictObject({
      directory: z.url({ protocol: /^https$/ }).max(1_000),
      contact: z.email(),
      /** That the provider has read and accepts the authority's terms. */
      agreeTerms: z.literal(true, "say true when you have read the authority's terms of service and agree to them"),
      /** How an account made at the authority is bound to ours; the file's first line is its HMAC key in base64url. */
      externalAccount: z.strictObject({ keyId: z.string().min(1).max(500), hmacKeyFile: z.string() }).optional(),
      /** PEM file of the authority's root, when it is not a public one. */
      caFile: z.string().optional(),
      /** Port 80 of the host names, where the authority looks; everything else there is sent to https. */
      listen: streamListener.optional(),
      /** Name servers that are asked where customers' host names lead, such as `192.0.2.53`; else the system's. */
      nameServers: z.array(z.string().max(100)).min(1).max(4).optional(),
    })
    .optional(),
  mail: z.strictObject({
    tls: tls.optional(),
    smtp: streamListener.optional(),
    /** Mail from servers of ours that stand in front and have checked it (RFC 2033). */
    lmtp: z
      .strictObject({
        host: z.string().default("127.0.0.1"),
        port,
        allowFrom: z.array(network).default(["127.0.0.0/8", "::1"]),
      })
      .optional(),
    submission: streamListener.optional(),
    smtps: streamListener.optional(),
    imap: streamListener.optional(),
    imaps: streamListener.optional(),
    pop3: streamListener.optional(),
    pop3s: streamListener.optional(),
    sieve: streamListener.optional(),
    /** `direct` looks up MX; `smarthost` hands everything to one host; `sink` keeps it for the operator console. */
    outbound: z.discriminatedUnion("mode", [
      z.strictObject({
        mode: z.literal("direct"),
        /** A resolver of the provider's own that checks DNSSEC: servers are held to their TLSA records (RFC 7672). */
        dane: z.strictObject({ resolver: trustedResolver }).optional(),
      }),
      z.strictObject({
        mode: z.literal("smarthost"),
        host: z.string(),
        port,
        /** Mail waits rather than leave in clear. Implied by `auth`: a password never goes in clear. */
        requireTls: z.boolean().default(true),
        /** The relay's user for us; the password is the first line of a file that only this program reads. */
        auth: z.strictObject({ user: z.string().min(1), passwordFile: z.string() }).optional(),
        /** PEM file of the authority that signed the relay's certificate, when it is not a public one. */
        caFile: z.string().optional(),
      }),
      z.strictObject({ mode: z.literal("sink") }),
    ]),
    /** SPF, DKIM and DMARC of arriving mail need a resolver. */
    dns: z.boolean().default(true),
    /** TLS and DMARC reports to domains that ask for them; without it where `dns` is on and the hostname is a public one. */
    domainReports: z.boolean().optional(),
    /** What weighs arriving mail beside our own checks. */
    filter: z
      .strictObject({
        /** DNS block lists, such as `zen.spamhaus.org`; needs `dns`. Mind their terms of use. */
        blockLists: z.array(z.string().regex(/^[a-z0-9.-]{4,200}$/)).default([]),
        /** rspamd's normal worker. */
        rspamd: z.strictObject({ url: z.url(), passwordFile: z.string().optional() }).optional(),
        /** clamd's TCP socket. */
        clamav: z.strictObject({ host: z.string().default("127.0.0.1"), port }).optional(),
      })
      .default({ blockLists: [] }),
    /** Our own servers that customers may bring mail from, though not public: ports 143 and 993, or the one named. */
    importNetworks: z.array(importServer).default([]),
    /** Load balancers in front of the SMTP ports; each connection from one must begin with a PROXY protocol header. */
    proxyProtocolFrom: z.array(address).default([]),
    /** The same in front of IMAP, POP3 and ManageSieve. */
    mailboxProxyProtocolFrom: z.array(address).default([]),
  }),
  /** Reverse proxies in front of the web faces, as addresses or networks; only their X-Forwarded-* is believed. */
  trustedProxies: z.array(network).default([]),
  /** The operators' listener tells figures to a scraper that holds the first line of this file. */
  metrics: z.strictObject({ tokenFile: z.string() }).optional(),
  log: z
    .strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info"), file: z.string().optional() })
    .default({ level: "info" }),
});

export type Config = z.infer<typeof configSchema>;
