import type { InvoiceReply, LineCheckReply, OperatorInvoices } from "@casaforte/contract/billing";
import type { Page } from "playwright-core";

const tenantId = "01890000-0000-7000-8000-000000000001";
const id = "01890000-0000-7000-8000-000000000002";
const thing = "0a1b2c3d-0000-7000-8000-000000000003";
const hour = (at: number) => new Date(Date.parse("2026-10-01T00:00:00Z") + at * 3_600_000).toISOString();

const line: InvoiceReply["lines"][number] = {
  line: 1,
  descriptionIt: "Spazio 100 GB «Ufficio», ore iniziate",
  descriptionEn: "Space 100 GB «Office», started hours",
  serviceId: thing,
  unit: "hour",
  from: hour(0),
  until: hour(8),
  quantity: 8,
  priceMicros: 2_740,
  netCents: 2,
  basisPoints: 2_200,
  nature: null,
  isCorrection: false,
};
const head = {
  id,
  kind: "invoice",
  state: "issued",
  number: "CF-2026-17",
  issuedOn: "2026-11-01",
  dueOn: "2026-12-01",
  totalCents: 2,
  openCents: 2,
  vatTreatment: "domestic",
} as const;
const invoice: InvoiceReply = {
  ...head,
  until: hour(744),
  netCents: 2,
  vatCents: 0,
  lines: [line],
  vat: [{ basisPoints: 2_200, nature: null, netCents: 2, vatCents: 0, legalIt: null, legalEn: null }],
  exchange: "delivered",
  credits: null,
  payments: [],
  documents: [],
};
/** A line whose ledger has one hour less than was billed, and no reason for it. */
const check: LineCheckReply = {
  line,
  recount: { quantity: 7, priceMicros: 2_740, netCents: 2, isSame: false },
  units: [0, 1, 2, 3, 5, 6, 7].map((at) => ({
    id: `0a1b2c3d-0000-7000-8000-00000000001${at}`,
    subjectId: thing,
    from: hour(at),
    to: hour(at + 1),
    quantity: 1,
    closedAt: hour(at + 1),
  })),
  unitsLeft: 0,
  eventsLeft: 0,
  events: [{ subjectId: thing, at: hour(0), kind: "started", sku: "space-100-mi1", quantity: 1 }],
  gaps: [{ subjectId: thing, from: hour(4), until: hour(5), isExplained: false }],
};

/** An issued invoice with a line that does not agree with its ledger: a running demo has none of either. */
export async function showInvoiceLines(page: Page): Promise<void> {
  const list: OperatorInvoices = {
    invoices: [{ ...head, tenantId, tenantName: "Rossi & Figli S.r.l.", step: 0, exchange: "delivered" }],
  };
  const base = "**/api/billing/invoices";
  await page.route(base, (route) => route.fulfill({ json: list }));
  await page.route(`${base}/${tenantId}/${id}`, (route) => route.fulfill({ json: invoice }));
  await page.route(`${base}/${tenantId}/${id}/lines/1`, (route) => route.fulfill({ json: check }));
}
