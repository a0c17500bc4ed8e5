import { type KitKey, type Translate, useTranslate } from "@casaforte/ui-kit";
import type { it } from "./messages-it.ts";

/** The operator console's translator: its own ids and the kit's. */
export const useT = (): Translate<keyof typeof it | KitKey> => useTranslate<keyof typeof it | KitKey>();
