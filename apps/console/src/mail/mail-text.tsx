import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { WithTexts } from "@casaforte/ui-kit/console";
import type { ReactNode } from "react";
import type { it } from "../messages-it.ts";
import type { accounts } from "./accounts-it.ts";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => ({ ...(await import("./texts-it.ts")).texts, ...(await import("./accounts-it.ts")).accounts }),
  en: async () => ({ ...(await import("./texts-en.ts")).texts, ...(await import("./accounts-en.ts")).accounts }),
};

type Key = keyof typeof texts | keyof typeof accounts | keyof typeof it | KitKey;

/** The translator of mail administration. */
export const useMailText = (): Translate<Key> => useTranslate<Key>();

/** Shows its children once the texts of mail administration are there. */
export const MailTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);
