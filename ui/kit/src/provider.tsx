import type { I18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { type MantineColorSchemeManager, MantineProvider } from "@mantine/core";
import { setNonce } from "get-nonce";
import { type ReactNode, StrictMode, useMemo } from "react";
import { createRoot } from "react-dom/client";
import { ErrorBoundary } from "./components/error-boundary.tsx";
import { activateLanguage, type CatalogueLoaders, createI18n, useLanguage } from "./i18n/i18n.ts";
import { LoadersContext } from "./i18n/language-context.ts";
import { preferredLanguage, preferredScheme, rememberScheme } from "./preferences.ts";
import { cssVariables, themeOf } from "./theme.ts";

const schemeManager: MantineColorSchemeManager = {
  get: () => preferredScheme(),
  set: (scheme) => rememberScheme(scheme),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => rememberScheme("auto"),
};

/** The style nonce that the server wrote into index.html; empty where the policy needs none. */
function readNonce(): string {
  const content = document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";
  // The whole placeholder: one nonce in 4,096 begins with two underscores too.
  return content === "__CSP_NONCE__" ? "" : content;
}

export interface KitProviderProps {
  readonly i18n: I18n;
  readonly catalogues: CatalogueLoaders;
  readonly nonce: string;
  readonly children: ReactNode;
}

/** Theme, languages and the last-resort error page around an app. */
export function KitProvider({ i18n, catalogues, nonce, children }: KitProviderProps) {
  return (
    <LoadersContext value={catalogues}>
      <I18nProvider i18n={i18n}>
        <Themed nonce={nonce}>
          <ErrorBoundary>{children}</ErrorBoundary>
        </Themed>
      </I18nProvider>
    </LoadersContext>
  );
}

function Themed({ nonce, children }: Pick<KitProviderProps, "nonce" | "children">) {
  const language = useLanguage();
  const theme = useMemo(() => themeOf(language), [language]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      {...(nonce === "" ? {} : { getStyleNonce: () => nonce })}
    >
      {children}
    </MantineProvider>
  );
}

/** Starts an app in `#root`: language and scheme first, so that nothing flashes. */
export async function startApp(catalogues: CatalogueLoaders, app: ReactNode): Promise<void> {
  const scheme = preferredScheme();
  const isDark = scheme === "dark" || (scheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", isDark ? "dark" : "light");
  const nonce = readNonce();
  if (nonce !== "") setNonce(nonce);
  const i18n = createI18n();
  await activateLanguage(i18n, preferredLanguage(), catalogues);
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <KitProvider i18n={i18n} catalogues={catalogues} nonce={nonce}>
        {app}
      </KitProvider>
    </StrictMode>,
  );
}
