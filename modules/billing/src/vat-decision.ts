import { Failure } from "@casaforte/kernel";
import { type TaxRate, taxRateAt } from "@casaforte/modules/catalogue";
import type { LineTax } from "./rate-usage.ts";

export type VatTreatment = "domestic" | "reverse_charge" | "oss" | "eu_consumer" | "outside_eu" | "pending";

/** Member states of the Union besides Italy, by ISO code (Greece is GR here, EL in VIES). */
export const otherMemberStates: ReadonlySet<string> = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE LT LU LV MT NL PL PT RO SE SI SK".split(" "),
);

/** What VIES said of a number, if it was asked. */
export type VatCheckOutcome = "valid" | "invalid" | "unavailable" | "not_asked";

export interface VatFacts {
  readonly country: string;
  readonly vatNumber: string | null;
  readonly check: VatCheckOutcome;
  /** The seller is registered for the One-Stop-Shop (its consumer sales elsewhere are above the threshold). */
  readonly usesOss: boolean;
}

export interface VatDecision {
  readonly treatment: VatTreatment;
  /** Whose rate applies; null where none does. */
  readonly rateCountry: string | null;
  readonly nature: string | null;
  /** What the law makes us write on the invoice. */
  readonly wording: { readonly it: string; readonly en: string } | null;
}

const plain = (treatment: VatTreatment, rateCountry: string): VatDecision => ({
  treatment,
  rateCountry,
  nature: null,
  wording: null,
});

/**
 * How a customer's services are taxed (R47). Reverse charge only on evidence: a business elsewhere in the Union whose number
 * VIES has not confirmed, because it is away or was not asked, is pending, and nothing is issued meanwhile.
 */
export function decideVat({ country, vatNumber, check, usesOss }: VatFacts): VatDecision {
  if (country === "IT") return plain("domestic", "IT");
  if (!otherMemberStates.has(country))
    return {
      treatment: "outside_eu",
      rateCountry: null,
      nature: "N2.1",
      wording: {
        it: "Operazione non soggetta a IVA, artt. da 7-ter a 7-septies D.P.R. 633/1972",
        en: "Not subject to Italian VAT, arts. 7-ter to 7-septies D.P.R. 633/1972",
      },
    };
  const isBusiness = vatNumber !== null && check !== "invalid";
  if (isBusiness && check !== "valid") return { treatment: "pending", rateCountry: null, nature: null, wording: null };
  if (isBusiness)
    return {
      treatment: "reverse_charge",
      rateCountry: null,
      nature: "N2.1",
      wording: {
        it: "Inversione contabile, art. 7-ter D.P.R. 633/1972",
        en: "Reverse charge, art. 7-ter D.P.R. 633/1972 (art. 196 dir. 2006/112/EC)",
      },
    };
  return usesOss ? plain("oss", country) : plain("eu_consumer", "IT");
}

/** The tax of usage at an instant under a decision. @throws precondition `billing.no_tax_rate`. */
export function taxOf(decision: VatDecision, rates: readonly TaxRate[], atMs: number): LineTax {
  if (decision.rateCountry === null) return { basisPoints: 0n, nature: decision.nature };
  const rate = taxRateAt(rates, decision.rateCountry, atMs);
  if (rate === null)
    throw new Failure("precondition", "billing.no_tax_rate", "no VAT rate is known for that date", {
      details: { country: decision.rateCountry },
    });
  return { basisPoints: rate.basisPoints, nature: null };
}
