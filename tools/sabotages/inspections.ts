// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are pieces of source.
import type { Sabotage } from "./sabotage.ts";

const proofs = "tests/security/inspections.test.ts";

/** What would make customers' audits and the evidence room worth nothing. */
export const inspections: readonly Sabotage[] = [
  {
    rows: [68],
    what: "a notice of twenty-nine days is enough",
    file: "modules/inspections/src/limits.ts",
    find: "  noticeDays: 30,",
    replace: "  noticeDays: 29,",
    test: { file: "modules/inspections/src/dates.test.ts", name: "R68: thirty calendar days" },
  },
  {
    rows: [71],
    what: "a customer may audit as often as it likes",
    file: "modules/inspections/src/request-inspection.ts",
    find: "input.fromOn < nextOn && input.grounds === null",
    replace: "input.fromOn > nextOn && input.grounds === null",
    test: { file: proofs, name: "R71: a second audit of a product" },
  },
  {
    rows: [67],
    what: "an auditor gets in with a password alone",
    file: "modules/identity/src/sessions.ts",
    find: '(row.requireTwoFactor || row.role === "auditor")',
    replace: "row.requireTwoFactor",
    test: { file: proofs, name: "R67: an auditor sees the evidence" },
  },
  {
    rows: [67],
    what: "the room does not close with the days of the audit",
    file: "modules/inspections/src/store.ts",
    find: "state = 'accepted' and opens_at <= ${now} and closes_at > ${now} and id in (",
    replace: "state = 'accepted' and opens_at <= ${now} and id in (",
    test: { file: proofs, name: "R67: an auditor sees the evidence" },
  },
  {
    rows: [67],
    what: "who looks at the evidence leaves no trace",
    file: "modules/inspections/src/http.ts",
    find: "        await noteLook(tx, actor, source.name);\n",
    replace: "",
    test: { file: proofs, name: "R67: an auditor sees the evidence" },
  },
  {
    rows: [70],
    what: "an audit that was held is not charged",
    file: "modules/inspections/src/run-inspection.ts",
    find: 'if (state === "finished" && costCents !== null',
    replace: 'if (state === "withdrawn" && costCents !== null',
    test: { file: proofs, name: "R70: the cost that was accepted" },
  },
  {
    rows: [70],
    what: "a charge comes again on every invoice",
    file: "modules/billing/src/store-invoices.ts",
    find: "    if (chargeId !== null)",
    replace: '    if (chargeId === "")',
    test: { file: proofs, name: "R70: the cost that was accepted" },
  },
  {
    rows: [69],
    what: "the evidence leaves out what happened",
    file: "modules/inspections/src/gather-pack.ts",
    find: "chain: Buffer.concat(pages)",
    replace: "chain: Buffer.alloc(0)",
    test: { file: proofs, name: "R69: an evidence pack holds all" },
  },
  {
    rows: [83],
    what: "a module's tables are in no register of processing",
    file: "apps/server/src/evidence/processing-register.ts",
    find: '    tables: ["tickets_", "grants_"],',
    replace: '    tables: ["tickets"],',
    test: { file: proofs, name: "R83: each table of the database" },
  },
  {
    rows: [84],
    what: "a late step raises no alarm",
    file: "modules/compliance/src/incidents.ts",
    find: "    if (step.alarms >= wanted) continue;",
    replace: "    if (step.alarms >= 1) continue;",
    test: { file: "modules/compliance/src/incidents.test.ts", name: "R84: alarms are raised once" },
  },
  {
    rows: [85],
    what: "the final report has thirty days, not a month from the notification",
    file: "modules/compliance/src/incidents.ts",
    find: 'if (input.step === "notification")',
    replace: 'if (input.step === "final_report")',
    test: { file: "modules/compliance/src/incidents.test.ts", name: "R85: a final report" },
  },
  {
    rows: [89],
    what: "an exported log is believed without looking at its hashes",
    file: "modules/audit/src/export-chain.ts",
    find: 'if (hash.toString("hex") !== link.hash)',
    replace: 'if (hash.toString("hex") === "")',
    test: { file: proofs, name: "R89: an exported log" },
  },
];
