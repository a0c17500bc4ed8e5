import type { I18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "./api-client.ts";
import { ErrorBoundary } from "./components/ErrorBoundary.tsx";
import { preferredScheme } from "./preferences.ts";
import { cssVariables, theme } from "./theme.ts";

/** Retries what may pass by itself (the network, a restarting server), never a refusal. */
export const openQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) =>
          count < 3 && (!(error instanceof ApiProblem) || error.status === 0 || error.status >= 502),
      },
    },
  });

/** Server-made nonce of this page, for the style elements that Mantine adds. */
const pageNonce = (): string => document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

/** Theme, language, data and errors around an app. */
export function KitProvider({
  i18n,
  client,
  children,
}: {
  readonly i18n: I18n;
  readonly client: QueryClient;
  readonly children: ReactNode;
}) {
  return (
    <I18nProvider i18n={i18n}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme={preferredScheme()}
        getStyleNonce={pageNonce}
      >
        <QueryClientProvider client={client}>
          <Notifications position="bottom-center" />
          <ErrorBoundary>{children}</ErrorBoundary>
        </QueryClientProvider>
      </MantineProvider>
    </I18nProvider>
  );
}
