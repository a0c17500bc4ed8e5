import { type CatalogueLoaders, type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import { WithTexts } from "@casaforte/ui-kit/console";
import type { ReactNode } from "react";
import type { it } from "../messages-it.ts";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

type Key = keyof typeof texts | keyof typeof it | KitKey;

/** The translator of mail that comes from other servers. */
export const useMigrationText = (): Translate<Key> => useTranslate<Key>();

/** Shows its children once the texts are there. */
export const MigrationTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);
