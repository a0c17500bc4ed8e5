// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are pieces of source.
import type { Sabotage } from "./sabotage.ts";

/** What backups and mailboxes are and say of themselves. */
export const services: readonly Sabotage[] = [
  {
    rows: [10],
    what: "a day's use is that of its last device",
    file: "apps/console/src/usage/usage-days.ts",
    find: "(before?.storedBytes ?? 0) + row.storedBytes",
    replace: "row.storedBytes",
    test: { file: "apps/console/src/usage/usage-days.test.ts", name: "R10: a day is the sum" },
  },
  {
    rows: [10],
    what: "whoever looks for a percent sign gets all devices",
    file: "modules/devices/src/store-list.ts",
    find: '`%${text.toLowerCase().replaceAll(/[\\\\%_]/g, "\\\\$&")}%`',
    replace: "`%${text.toLowerCase()}%`",
    test: { file: "modules/backup/src/summary.test.ts", name: "R10: devices come by name" },
  },
  {
    rows: [30],
    what: "a point's files come in any order",
    file: "modules/backup/src/store-restore.ts",
    find: "order by line.depth desc`",
    replace: "order by line.depth`",
    test: { file: "modules/backup/src/restore-http.test.ts", name: "R30: opening a point" },
  },
  {
    rows: [40],
    what: "what is old is removed, deleted or not",
    file: "modules/mailbox/src/store-accounts.ts",
    find: "and state = 'deleted' and deleted_at < ${before}`;",
    replace: "and coalesce(deleted_at, created_at) < ${before}`;",
    test: { file: "modules/mailbox/src/jobs.test.ts", name: "R40: over three ends of month" },
  },
  {
    rows: [93],
    what: "any text in the DNS proves a domain",
    file: "modules/domains/src/activate-domain.ts",
    find: 'strings.join("").trim() === wanted',
    replace: 'wanted.startsWith(strings.join("").split("=")[0] ?? "")',
    test: { file: "modules/domains/src/domains.test.ts", name: "R93: ownership" },
  },
  {
    rows: [93],
    what: "a second customer may prove the same domain",
    file: "modules/domains/sql/0001_domains.sql",
    find: "create unique index domains_active_name",
    replace: "create index domains_active_name",
    test: { file: "modules/domains/src/domains.test.ts", name: "R93: ownership" },
  },
  {
    rows: [94],
    what: "any DKIM key will do",
    file: "modules/domains/src/check-records.ts",
    find: '(record.purpose !== "spf" && record.purpose !== "dmarc" && isSame)',
    replace: '(record.purpose !== "spf" && record.purpose !== "dmarc")',
    test: { file: "modules/domains/src/domains.test.ts", name: "R94: the DNS check" },
  },
  {
    rows: [95],
    what: "a threshold that was fallen below is remembered as reached",
    file: "modules/spaces/src/admission.ts",
    find: "if (threshold === space.threshold) return;",
    replace: "if (threshold <= space.threshold) return;",
    test: { file: "modules/spaces/src/spaces.test.ts", name: "R95: 80, 90 and 95 %" },
  },
  {
    rows: [95],
    what: "a space's warning is sent at every look",
    file: "modules/backup/src/due-notices.ts",
    find: 'key: `${space.threshold} ${space.thresholdAt?.toISOString() ?? ""}`',
    replace: "key: `${space.threshold} ${nowMs}`",
    test: { file: "modules/backup/src/notices.test.ts", name: "R95: each threshold of a space" },
  },
];
