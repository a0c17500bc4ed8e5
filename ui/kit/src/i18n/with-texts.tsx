import { useLingui } from "@lingui/react";
import { type ReactNode, useEffect, useState } from "react";
import { LoadingState } from "../components/states.tsx";
import type { Language } from "../preferences.ts";
import { type CatalogueLoaders, loadTexts } from "./i18n.ts";

export interface WithTextsProps {
  /** Texts of a part that is fetched only when it is shown. */
  readonly catalogues: CatalogueLoaders;
  readonly children: ReactNode;
}

/** Shows its children once their own texts are there, also after a change of language. */
export function WithTexts({ catalogues, children }: WithTextsProps) {
  const { i18n } = useLingui();
  const language: Language = i18n.locale === "en" ? "en" : "it";
  const [loaded, setLoaded] = useState<readonly Language[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void loadTexts(i18n, language, catalogues).then(() => {
      if (isCurrent) setLoaded((before) => (before.includes(language) ? before : [...before, language]));
    });
    return () => {
      isCurrent = false;
    };
  }, [i18n, language, catalogues]);
  return loaded.includes(language) ? children : <LoadingState />;
}
