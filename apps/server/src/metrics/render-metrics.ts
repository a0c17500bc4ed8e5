import type { HealthCheck } from "@casaforte/contract/health";
import type { DueRequests } from "@casaforte/modules/compliance";
import type { EscrowStanding } from "../escrow.ts";

export interface MetricSources {
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly checks: readonly HealthCheck[];
  /** When each certificate that is served ends. */
  readonly certificates: readonly { readonly where: string; readonly endsAtMs: number }[];
  /** Names whose certificate from the authority ends soon or fails; null: the database did not say. */
  readonly troubledNames: number | null;
  /** Requests of authorities that are due; null: the database did not say. */
  readonly dueRequests: readonly DueRequests[] | null;
  /** How it stands with the escrowed copies of the master keys; null: the database did not say. */
  readonly escrow: readonly EscrowStanding[] | null;
  /** Block lists that name an address of ours; null: the database did not say. */
  readonly listings: readonly { readonly address: string; readonly lists: number }[] | null;
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
}

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly values: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
}

const escaped = (text: string) => text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");

function render({ name, type, help, values }: Metric): string {
  const lines = values.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

const gauge = (name: string, help: string, values: Metric["values"]): Metric => ({
  name,
  type: "gauge",
  help,
  values,
});

/** What the program tells of itself in the Prometheus text format 0.0.4 (R99). `alerts.yml` asks for these names. */
export function renderMetrics(sources: MetricSources): string {
  const { checks, version, startedAtMs, nowMs, certificates } = sources;
  const one = (name: HealthCheck["name"]) => checks.find((check) => check.name === name);
  const figure = (name: HealthCheck["name"], key: string) => one(name)?.figures[key];
  const told = (value: number | undefined) => (value === undefined ? [] : [{ value }]);
  const disks = checks.filter(({ name }) => name === "disk");
  const each = (name: HealthCheck["name"], label: string, key: string) =>
    checks.flatMap((check) => {
      const value = check.name === name ? check.figures[key] : undefined;
      return value === undefined ? [] : [{ labels: { [label]: check.subject }, value }];
    });
  const kinds = ["production", "emergency", "preservation"] as const;
  const byKind = (standing: "soon" | "late") =>
    sources.dueRequests === null
      ? []
      : kinds.map((kind) => ({
          labels: { kind },
          value: sources.dueRequests?.find((due) => due.kind === kind)?.[standing] ?? 0,
        }));
  const escrow = (sources.escrow ?? []).map((each) => ({ ...each, labels: { key: String(each.keyId) } }));
  const roundTripMs = figure("database", "roundTripMs");
  return [
    gauge("casaforte_info", "The release that runs.", [{ labels: { version }, value: 1 }]),
    gauge("casaforte_uptime_seconds", "Since this process started.", [
      { value: Math.round((nowMs - startedAtMs) / 1000) },
    ]),
    gauge("casaforte_database_up", "1 while PostgreSQL answers.", [{ value: one("database")?.state === "ok" ? 1 : 0 }]),
    gauge(
      "casaforte_database_round_trip_seconds",
      "One question and its answer.",
      told(roundTripMs === undefined ? undefined : roundTripMs / 1000),
    ),
    gauge("casaforte_jobs_waiting", "Jobs that wait for their time or for a worker.", told(figure("jobs", "waiting"))),
    gauge("casaforte_jobs_failed", "Jobs that were given up.", told(figure("jobs", "failed"))),
    gauge(
      "casaforte_jobs_oldest_seconds",
      "How long the oldest due job has waited.",
      told(figure("jobs", "oldestSeconds")),
    ),
    gauge("casaforte_disk_free_bytes", "Room left.", each("disk", "disk", "freeBytes")),
    gauge("casaforte_disk_size_bytes", "Room in all.", each("disk", "disk", "totalBytes")),
    gauge(
      "casaforte_disk_readable",
      "1 while the folder can be looked at.",
      disks.map(({ subject, code }) => ({ labels: { disk: subject }, value: code === "health.unreadable" ? 0 : 1 })),
    ),
    gauge(
      "casaforte_copies_waiting_bytes",
      "What a site's second location does not have yet.",
      each("copies", "site", "waitingBytes"),
    ),
    gauge(
      "casaforte_copies_oldest_seconds",
      "How long the oldest of that has waited.",
      each("copies", "site", "oldestSeconds"),
    ),
    gauge(
      "casaforte_certificate_left_seconds",
      "Until a certificate that is served ends.",
      certificates.map(({ where, endsAtMs }) => ({ labels: { where }, value: Math.round((endsAtMs - nowMs) / 1000) })),
    ),
    gauge(
      "casaforte_certificates_troubled",
      "Host names whose certificate from the authority ends within fourteen days or cannot be had.",
      told(sources.troubledNames ?? undefined),
    ),
    gauge(
      "casaforte_authority_requests_soon",
      "Requests of authorities with a quarter of their time left, or less.",
      byKind("soon"),
    ),
    gauge("casaforte_authority_requests_late", "Requests of authorities whose deadline is past.", byKind("late")),
    gauge(
      "casaforte_escrow_checked_seconds",
      "Since somebody last looked at the escrowed copy of a master key; nothing for one that was never looked at.",
      escrow.flatMap(({ labels, checkedAt }) =>
        checkedAt === null ? [] : [{ labels, value: Math.round((nowMs - checkedAt.getTime()) / 1000) }],
      ),
    ),
    gauge(
      "casaforte_escrow_late",
      "1 when that is longer ago than 400 days, or never happened in the first 30.",
      escrow.map(({ labels, isLate }) => ({ labels, value: isLate ? 1 : 0 })),
    ),
    gauge(
      "casaforte_address_listings",
      "Block lists that name an address that our mail leaves from.",
      (sources.listings ?? []).map(({ address, lists }) => ({ labels: { address }, value: lists })),
    ),
    gauge("process_resident_memory_bytes", "Memory of this process.", [{ value: sources.memoryBytes }]),
    {
      name: "process_cpu_seconds_total",
      type: "counter" as const,
      help: "Processor time of this process.",
      values: [{ value: Math.round(sources.cpuSeconds * 1000) / 1000 }],
    },
  ]
    .map(render)
    .join("");
}
