import {
  type CatalogueLoaders,
  type KitKey,
  localeOf,
  type Translate,
  useLanguage,
  useTranslate,
} from "@casaforte/ui-kit";
import { WithTexts } from "@casaforte/ui-kit/console";
import type { ReactNode } from "react";
import type { it } from "../messages-it.ts";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

type Key = keyof typeof texts | keyof typeof it | KitKey;

/** The translator of catalogue, inventory, approvals and billing. */
export const useBillingText = (): Translate<Key> => useTranslate<Key>();

export const BillingTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

/** Cents, and unit prices that may be a fraction of a cent. */
export function useMoney() {
  const language = useLanguage();
  const format = (decimals: number, value: number) =>
    new Intl.NumberFormat(localeOf(language), {
      style: "currency",
      currency: "EUR",
      minimumFractionDigits: 2,
      maximumFractionDigits: decimals,
    }).format(value);
  return {
    cents: (cents: number) => format(2, cents / 100),
    micros: (micros: number) => format(6, micros / 1_000_000),
  };
}
