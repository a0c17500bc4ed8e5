import { type I18n, setupI18n } from "@lingui/core";
import { useLingui } from "@lingui/react";
import { useCallback } from "react";
import type { Language } from "../preferences.ts";
import { compileText } from "./compile-text.ts";
import type { KitKey } from "./it.ts";

/** Texts by id, in ICU message format. */
export type Catalogue = Readonly<Record<string, string>>;

/** Loads a language's texts; a function, so that only the language in use is fetched. */
export type CatalogueLoaders = Readonly<Record<Language, () => Promise<Catalogue>>>;

/** Values of a message's placeholders. */
export type MessageValues = Readonly<Record<string, string | number | Date>>;

const kitCatalogues: CatalogueLoaders = {
  it: async () => ({ ...(await import("./it.ts")).it, ...(await import("./errors-it.ts")).errorsIt }),
  en: async () => ({ ...(await import("./en.ts")).en, ...(await import("./errors-en.ts")).errorsEn }),
};

/** Each text is compiled once, here. */
function compile(catalogue: Catalogue) {
  return Object.fromEntries(Object.entries(catalogue).map(([id, text]) => [id, compileText(text)]));
}

/** Switches to a language, fetching its texts first, and tells the page. */
export async function activateLanguage(i18n: I18n, language: Language, loaders: CatalogueLoaders): Promise<void> {
  const [kit, app] = await Promise.all([kitCatalogues[language](), loaders[language]()]);
  i18n.load(language, compile({ ...kit, ...app }));
  i18n.activate(language);
  document.documentElement.lang = language;
}

/** Adds the texts of a part that came later to a language. */
export async function loadTexts(i18n: I18n, language: Language, loaders: CatalogueLoaders): Promise<void> {
  i18n.load(language, compile(await loaders[language]()));
}

/** A translator with nothing loaded yet. */
export const createI18n = (): I18n => setupI18n({ missing: (_, id) => id });

/** `t(id, values)`; an app narrows `Key` to its own ids and the kit's, so that an unknown id is a type error. */
export type Translate<Key extends string> = (id: Key, values?: MessageValues) => string;

/** The translator of the language in use. */
export function useTranslate<Key extends string = KitKey>(): Translate<Key> {
  const { i18n } = useLingui();
  // `i18n` keeps its identity over a change of language; `_` of the context does not.
  return useCallback(
    (id: Key, values?: MessageValues) => i18n._(id, values === undefined ? {} : { ...values }),
    [i18n],
  );
}

/** The language in use. */
export function useLanguage(): Language {
  return useLingui().i18n.locale === "en" ? "en" : "it";
}
