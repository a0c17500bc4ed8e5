import { Failure, newId, romeIsoDate } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { dayStart, earliestDay, nextYearDay } from "./dates.ts";
import type { InspectedProduct, Inspection, InspectionId, UserActor } from "./inspection.ts";
import { inspectionLimits } from "./limits.ts";
import type { InspectionServices } from "./services.ts";
import { insertAuditor, insertInspection, lockInspections, selectInspections } from "./store.ts";

export interface RequestInspection {
  readonly products: readonly InspectedProduct[];
  readonly scope: string;
  readonly firm: string;
  readonly nda: string;
  readonly auditors: readonly { readonly name: string; readonly address: string }[];
  /** `YYYY-MM-DD` in Rome, both included. */
  readonly fromOn: string;
  readonly untilOn: string;
  /** Why there is a second one in twelve months. */
  readonly grounds: { readonly kind: "incident" | "authority"; readonly text: string } | null;
  readonly language: "it" | "en";
}

const counts = ({ state }: Inspection): boolean => state !== "withdrawn" && state !== "refused";

/** The first day on which each product may be audited again without further grounds; null: on any (R71). */
export function freeFrom(earlier: readonly Inspection[], products: readonly InspectedProduct[]): string | null {
  return earlier
    .filter((each) => counts(each) && each.products.some((product) => products.includes(product)))
    .map(({ fromOn }) => nextYearDay(fromOn))
    .reduce<string | null>((latest, day) => (latest === null || day > latest ? day : latest), null);
}

function assertDays(input: RequestInspection, nowMs: number): { opensMs: number; closesMs: number } {
  const opensMs = dayStart(input.fromOn);
  const closesMs = dayStart(input.untilOn, 1);
  const earliestOn = earliestDay(nowMs);
  if (input.fromOn < earliestOn)
    throw new Failure("invalid", "inspections.too_early", "an audit needs thirty calendar days' written notice", {
      details: { earliestOn },
    });
  if (input.untilOn < input.fromOn) throw new Failure("invalid", "inspections.order", "it ends before it begins");
  if (input.untilOn > romeIsoDate(dayStart(input.fromOn, inspectionLimits.daysMax - 1)))
    throw new Failure("invalid", "inspections.too_long", "an audit lasts a month at most");
  if (opensMs > nowMs + inspectionLimits.aheadDaysMax * 86_400_000)
    throw new Failure("invalid", "inspections.too_far", "an audit is asked for a year ahead at most");
  return { opensMs, closesMs };
}

/**
 * The customer's written notice of an audit (R67, R68): thirty calendar days ahead, and once in twelve months for each
 * product unless an incident or an authority gives grounds (R71).
 * @throws invalid `inspections.date`, `.too_early` with the first possible day, `.order`, `.too_long`, `.too_far`,
 * `.auditors`; conflict `inspections.once_a_year` with the day from which it may be asked again.
 */
export async function requestInspection(
  tx: TenantTx,
  actor: UserActor,
  input: RequestInspection,
  services: Pick<InspectionServices, "clock" | "random" | "tellProvider">,
): Promise<InspectionId> {
  const nowMs = services.clock.nowMs();
  const { opensMs, closesMs } = assertDays(input, nowMs);
  const auditors = new Map(input.auditors.map((each) => [each.address.trim().toLowerCase(), each.name.trim()]));
  if (auditors.size !== input.auditors.length)
    throw new Failure("invalid", "inspections.auditors", "each auditor has an address of their own");
  await lockInspections(tx);
  const nextOn = freeFrom(await selectInspections(tx, tx.tenantId, inspectionLimits.listed), input.products);
  if (nextOn !== null && input.fromOn < nextOn && input.grounds === null)
    throw new Failure("conflict", "inspections.once_a_year", "there was an audit in the twelve months before", {
      details: { nextOn },
    });
  const { products, scope, firm, nda, fromOn, untilOn, language, grounds } = input;
  const inspection: Inspection = {
    ...{ products: [...new Set(products)], scope, firm, nda, fromOn, untilOn, language },
    tenantId: tx.tenantId,
    id: newId<InspectionId>(services.clock, services.random),
    state: "asked",
    grounds: grounds?.kind ?? null,
    groundsText: grounds?.text ?? "",
    notifiedAt: new Date(nowMs),
    opensAt: new Date(opensMs),
    closesAt: new Date(closesMs),
    askedBy: actor.principalId,
    costCents: null,
    costText: null,
    quotedAt: null,
    acceptedAt: null,
    refusal: null,
    endedAt: null,
  };
  await insertInspection(tx, inspection);
  for (const [address, name] of auditors) await insertAuditor(tx, { requestId: inspection.id, address, name });
  await services.tellProvider(tx, inspection);
  await recordAudit(tx, actor, {
    action: "inspections.asked",
    object: { kind: "inspection", id: inspection.id },
    details: { products: [...inspection.products], fromOn, untilOn, grounds: inspection.grounds },
  });
  return inspection.id;
}
