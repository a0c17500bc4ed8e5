import type { EvidencePart, InspectionReply } from "@casaforte/contract/inspections";
import type { Cell, Evidence } from "./evidence.ts";
import type { Auditor, Inspection } from "./inspection.ts";

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** An audit as its customer and the operators see it. */
export const inspectionView = (inspection: Inspection, auditors: readonly Auditor[]): InspectionReply => {
  const { id, state, scope, firm, nda, grounds, groundsText, fromOn, untilOn, costText, refusal } = inspection;
  return {
    ...{ id, state, scope, firm, nda, grounds, groundsText, fromOn, untilOn, costText, refusal },
    products: [...inspection.products],
    notifiedAt: inspection.notifiedAt.toISOString(),
    opensAt: inspection.opensAt.toISOString(),
    closesAt: inspection.closesAt.toISOString(),
    costCents: inspection.costCents === null ? null : Number(inspection.costCents),
    quotedAt: iso(inspection.quotedAt),
    acceptedAt: iso(inspection.acceptedAt),
    endedAt: iso(inspection.endedAt),
    auditors: auditors
      .filter(({ requestId }) => requestId === id)
      .map(({ name, address, principalId }) => ({ name, address, hasAccess: principalId !== null })),
  };
};

const cellView = (cell: Cell): EvidencePart["rows"][number][number] =>
  cell instanceof Date ? { at: cell.toISOString() } : cell;

/** One part of the evidence as it goes over the wire. */
export const evidenceView = ({ name, title, hint, columns, rows, readAt }: Evidence): EvidencePart => ({
  ...{ name, title, hint },
  readAt: readAt.toISOString(),
  columns: [...columns],
  rows: rows.map((row) => row.map(cellView)),
});
