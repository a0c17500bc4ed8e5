import { randomUUID } from "node:crypto";
import { policySettingsSchema } from "@casaforte/contract/policies";

export type ObjectKind =
  | "space"
  | "device"
  | "enrolment"
  | "policy"
  | "ticket"
  | "domain"
  | "address"
  | "mailAccount"
  | "invitedMailAccount"
  | "deletedMailAccount"
  | "person"
  | "operatorPerson"
  | "session"
  | "tenant"
  | "webhook"
  /** A well-formed id of nothing. */
  | "nothing";

/** Who may use a route, on what, and what they are told. */
export interface RouteRule {
  /** `anyone` needs no session; `signed_in` any session of this face; else the roles, and the others get 403. */
  readonly who: "anyone" | "signed_in" | readonly string[];
  /** What the id in the path, body or query names; a stranger's id of that kind answers `elsewhere` (404 by default). */
  readonly on?: ObjectKind;
  readonly elsewhere?: number;
  readonly body?: (id: string) => Record<string, unknown>;
  readonly query?: (id: string) => string;
  /** What somebody permitted is told. */
  readonly done: number | readonly number[];
  /** The session is over afterwards. */
  readonly ends?: true;
  /** The answer goes on for minutes. */
  readonly stream?: true;
  /** Takes bytes of any type, not JSON. */
  readonly bytes?: true;
  /** Speaks to programs as an RFC says: takes a form, and passes over fields that it does not know. */
  readonly isForPrograms?: true;
  /** Says the same to everybody, session or not, and may be kept by caches. */
  readonly isPublic?: true;
}

export type RouteTable = Readonly<Record<string, RouteRule>>;

export const all = ["owner", "admin", "billing", "technician", "read_only"] as const;
export const managers = ["owner", "admin"] as const;
export const payers = ["owner", "admin", "billing", "read_only"] as const;
export const workers = ["owner", "admin", "technician"] as const;
export const askers = ["owner", "admin", "billing", "technician"] as const;
export const readers = ["owner", "admin", "read_only"] as const;
export const operators = ["support", "billing", "infra", "legal", "security"] as const;

export const unique = () => randomUUID().slice(0, 8);
export const linkToken = "a-token-that-nobody-was-ever-sent-by-mail";
export const newPassword = "un'altra lunga frase per la prova";
export const webAuthn = {
  id: "aaaa",
  rawId: "aaaa",
  type: "public-key",
  response: { clientDataJSON: "e30" },
  clientExtensionResults: {},
};
export const policySettings = policySettingsSchema.parse({
  sources: [{ kind: "directory", name: "documents", paths: ["/srv"] }],
  schedule: { kind: "cron", expression: "0 2 * * *", timeZone: "Europe/Rome" },
  retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
  lockDays: null,
  bandwidth: { bytesPerSecond: null, windows: [] },
  hooks: { before: [], after: [] },
  compression: "fast",
  snapshot: "auto",
  chain: { incrementsMax: 14, repackBytesMax: 0 },
  verify: null,
  alerts: { onFailure: true, noSuccessDays: 3 },
});
export const unusedMinutes = 0;
export const days = "from=2026-01-01&to=2026-01-02";

export const ordered = () => ({
  key: `order-${unique()}`,
  sku: "nothing",
  skuVersion: 1,
  quantity: 1,
  unit: "hour",
  priceMicros: 1,
  accepted: [],
});
/** Without a price it is not on sale, so nothing that other routes do depends on it. */
export const sold = () => ({
  sku: `s-${unique()}`,
  product: "mail",
  name: { it: "n", en: "n" },
  description: { it: "d", en: "d" },
  siteId: null,
  capacityBytes: null,
  bandwidthBytesPerSecond: null,
  replicaPlan: "none",
  hostUse: "shared",
  ipAddresses: 0,
  quantityMax: 1,
  units: ["month"],
});
export const hook = (url: string) => ({ name: "Hook", url, topics: ["backup"] });
