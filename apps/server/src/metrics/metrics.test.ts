import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { renderMetrics } from "./render-metrics.ts";

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
const dayMs = 86_400_000;
const checks = [
  {
    name: "database",
    subject: "PostgreSQL",
    state: "ok",
    code: "health.database_answers",
    figures: { roundTripMs: 3 },
  },
  {
    name: "jobs",
    subject: "jobs",
    state: "ok",
    code: "health.jobs_age",
    figures: { waiting: 4, failed: 1, oldestSeconds: 75 },
  },
  {
    name: "disk",
    subject: 'a "disk"\\',
    state: "ok",
    code: "health.disk_free",
    figures: { freeBytes: 5, totalBytes: 50 },
  },
  {
    name: "copies",
    subject: "Milano",
    state: "ok",
    code: "health.copies_wait",
    figures: { waiting: 2, waitingBytes: 9, oldestSeconds: 60 },
  },
  { name: "disk", subject: "gone", state: "failed", code: "health.unreadable", figures: {} },
] as const;
const sources = {
  ...{ version: "1.2.3", startedAtMs: 0, nowMs: dayMs, checks, memoryBytes: 1024, cpuSeconds: 2.5 },
  certificates: [{ where: "mail", endsAtMs: 3 * dayMs }],
  troubledNames: 2,
  dueRequests: [{ kind: "emergency", soon: 1, late: 2 }] as const,
  escrow: [
    { keyId: 2, checkedAt: new Date(dayMs / 2), by: "root", isLate: false },
    { keyId: 1, checkedAt: null, by: null, isLate: true },
  ],
  listings: [
    { address: "192.0.2.25", lists: 2 },
    { address: "2001:db8::25", lists: 0 },
  ],
};

test("R99: the metrics tell figures in the text format, with escaped labels, and leave out what could not be read", () => {
  const text = renderMetrics(sources);
  for (const line of [
    'casaforte_info{version="1.2.3"} 1',
    "casaforte_uptime_seconds 86400",
    "casaforte_database_up 1",
    "casaforte_database_round_trip_seconds 0.003",
    "casaforte_jobs_failed 1",
    "casaforte_jobs_oldest_seconds 75",
    'casaforte_disk_free_bytes{disk="a \\"disk\\"\\\\"} 5',
    'casaforte_disk_readable{disk="gone"} 0',
    'casaforte_copies_waiting_bytes{site="Milano"} 9',
    'casaforte_copies_oldest_seconds{site="Milano"} 60',
    'casaforte_certificate_left_seconds{where="mail"} 172800',
    "casaforte_certificates_troubled 2",
    'casaforte_authority_requests_soon{kind="emergency"} 1',
    'casaforte_authority_requests_late{kind="emergency"} 2',
    'casaforte_authority_requests_late{kind="production"} 0',
    'casaforte_escrow_checked_seconds{key="2"} 43200',
    'casaforte_escrow_late{key="2"} 0',
    'casaforte_escrow_late{key="1"} 1',
    'casaforte_address_listings{address="192.0.2.25"} 2',
    'casaforte_address_listings{address="2001:db8::25"} 0',
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).not.toContain('casaforte_disk_free_bytes{disk="gone"}');
  expect(text).not.toContain('casaforte_escrow_checked_seconds{key="1"}');
  const away = renderMetrics({ ...sources, checks: [{ ...checks[0], state: "failed", figures: {} }] });
  expect(away).toContain("casaforte_database_up 0\n");
  expect(away).not.toMatch(/^casaforte_jobs_oldest_seconds /m);
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="(?:[^"\\]|\\.)*"\})? [0-9.e+-]+)$/);
});

test("R99: each alert asks for a figure that is told, and the runbook says what to do at it", () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
  }
  const { groups } = parse(read("packaging/alerts.yml")) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  const told = new Set(renderMetrics(sources).match(/^[a-z_]+/gm));
  // What the scraper itself tells of each target.
  told.add("up");
  const page = read("docs/runbook/alerts.md");
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, expr } of rules) {
    const names = expr.replace(/\{[^}]*\}/g, "").match(/[a-z_]{2,}/g) ?? [];
    expect(
      names.filter((name) => !told.has(name)),
      alert,
    ).toEqual([]);
    expect(page, alert).toContain(`| \`${alert}\` |`);
  }
});
