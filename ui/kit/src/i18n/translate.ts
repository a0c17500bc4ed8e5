import { type I18n, setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { useLingui } from "@lingui/react";
import type { Language } from "../preferences.ts";
import { en } from "./en.ts";
import { it } from "./it.ts";

/** ICU messages by explicit id. `en` must have exactly the keys of `it`: `satisfies Record<keyof typeof it, string>` (R96). */
export type Catalogue = Readonly<Record<string, string>>;
export type KitMessages = typeof it;

/** Makes the translator of one app from its own catalogues on top of the kit's. */
export function openI18n(language: Language, catalogues: { readonly it: Catalogue; readonly en: Catalogue }): I18n {
  const i18n = setupI18n();
  i18n.setMessagesCompiler(compileMessage);
  i18n.load({ it: { ...it, ...catalogues.it }, en: { ...en, ...catalogues.en } });
  i18n.activate(language);
  return i18n;
}

export type Values = Readonly<Record<string, string | number | Date>>;
export type Translate<Id extends string> = (id: Id, values?: Values) => string;

/** Translates ids that the compiler checks. An app binds its own: `export const useT = useTranslate<keyof typeof it>`. */
export function useTranslate<Id extends string>(): Translate<Id | keyof KitMessages> {
  const { i18n } = useLingui();
  return (id: string, values?: Values) => i18n._(id, values);
}

/** The kit's own sentences. */
export const useKitT = useTranslate<never>;
