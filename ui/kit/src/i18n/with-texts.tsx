import { useLingui } from "@lingui/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ErrorState, LoadingState } from "../components/states.tsx";
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
  const [error, setError] = useState<unknown>(null);
  const asked = useRef(new Set<Language>());
  useEffect(() => {
    // Loading texts changes `i18n`, which runs this again: each language is asked for once.
    if (asked.current.has(language)) return;
    asked.current.add(language);
    loadTexts(i18n, language, catalogues).then(
      () => setLoaded((before) => [...before, language]),
      (problem: unknown) => {
        asked.current.delete(language);
        setError(problem);
      },
    );
  }, [i18n, language, catalogues]);
  if (loaded.includes(language)) return children;
  return error === null ? <LoadingState /> : <ErrorState error={error} onRetry={() => location.reload()} />;
}
