import { z } from "zod";

const port = z.number().int().min(0).max(65_535);
const tls = z.strictObject({ key: z.string(), cert: z.string() });
const httpListener = z.strictObject({
  host: z.string().default("127.0.0.1"),
  port,
  tls: tls.optional(),
  publicUrl: z.url().optional(),
});
const streamListener = z.strictObject({ host: z.string().default("127.0.0.1"), port });

/** Every role of the program; any set of them makes a process. */
export const roleNames = ["console", "operator", "webmail", "vault", "mail", "mx", "worker"] as const;
export type RoleName = (typeof roleNames)[number];

export const httpListenerNames = ["console", "operator", "webmail", "vault"] as const;
export const streamListenerNames = ["smtp", "submission", "smtps", "imap", "imaps", "pop3", "pop3s"] as const;

const siteSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  name: z.string().min(1),
  country: z.string().length(2),
  jurisdiction: z.strictObject({ it: z.string().min(1), en: z.string().min(1) }),
  /** Folder of this site's blobs; never shared between sites (architecture rule 7). */
  blobs: z.string(),
});

/** The configuration file of `casaforte serve` (YAML). Relative paths are relative to the file. */
export const configSchema = z.strictObject({
  provider: z.strictObject({
    name: z.string().min(1),
    hostname: z.string().min(1),
    supportAddress: z.email(),
    language: z.enum(["it", "en"]).default("it"),
  }),
  /** Keys, audit anchors and everything else that must not lie in the database. */
  data: z.string(),
  database: z
    .strictObject({ url: z.string().optional(), operatorUrl: z.string().optional(), ownerUrl: z.string().optional() })
    .default({}),
  /** Files of 32 random bytes each, newest first. Escrow them outside. */
  masterKeys: z.array(z.strictObject({ id: z.number().int().min(1), file: z.string() })).min(1),
  sites: z.array(siteSchema).min(1),
  roles: z
    .array(z.enum(roleNames))
    .min(1)
    .default([...roleNames]),
  http: z.strictObject({
    console: httpListener.optional(),
    operator: httpListener.optional(),
    webmail: httpListener.optional(),
    vault: httpListener.optional(),
  }),
  mail: z.strictObject({
    tls: tls.optional(),
    smtp: streamListener.optional(),
    submission: streamListener.optional(),
    smtps: streamListener.optional(),
    imap: streamListener.optional(),
    imaps: streamListener.optional(),
    pop3: streamListener.optional(),
    pop3s: streamListener.optional(),
    /** `direct` looks up MX; `smarthost` hands everything to one host; `sink` keeps it for the operator console. */
    outbound: z.discriminatedUnion("mode", [
      z.strictObject({ mode: z.literal("direct") }),
      z.strictObject({ mode: z.literal("smarthost"), host: z.string(), port }),
      z.strictObject({ mode: z.literal("sink") }),
    ]),
    /** SPF, DKIM and DMARC of arriving mail need a resolver. */
    dns: z.boolean().default(true),
  }),
  trustedProxies: z.array(z.string()).default([]),
  log: z
    .strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info"), file: z.string().optional() })
    .default({ level: "info" }),
});

export type Config = z.infer<typeof configSchema>;
