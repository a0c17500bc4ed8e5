import { useLingui } from "@lingui/react";
import { createContext, useCallback, useContext } from "react";
import { type Language, rememberLanguage } from "../preferences.ts";
import { activateLanguage, type CatalogueLoaders } from "./i18n.ts";

/** The app's own texts, for a change of language while it runs. */
export const LoadersContext = createContext<CatalogueLoaders | null>(null);

/** Changes the language of the running app and remembers it. */
export function useSwitchLanguage(): (language: Language) => Promise<void> {
  const { i18n } = useLingui();
  const loaders = useContext(LoadersContext);
  return useCallback(
    async (language: Language) => {
      if (loaders === null) return;
      await activateLanguage(i18n, language, loaders);
      rememberLanguage(language);
    },
    [i18n, loaders],
  );
}
