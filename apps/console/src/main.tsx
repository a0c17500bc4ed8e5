import "@casaforte/ui-kit/styles.css";
import "@casaforte/ui-kit/kit.css";
import { LoadingState, SignInLinks, startApp } from "@casaforte/ui-kit";
import { ConsoleGate, createQueryClient } from "@casaforte/ui-kit/console";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { router } from "./router.tsx";

const PriceList = lazy(async () => ({ default: (await import("./pages/PriceList.tsx")).PriceList }));
/** The one page for everybody. */
const isPublic = location.pathname.replace(/\/$/, "") === "/price-list";

void startApp(
  { it: async () => (await import("./messages-it.ts")).it, en: async () => (await import("./messages-en.ts")).en },
  <QueryClientProvider client={createQueryClient()}>
    {isPublic ? (
      <Suspense fallback={<LoadingState />}>
        <PriceList />
      </Suspense>
    ) : (
      <SignInLinks product="Console" realm="user">
        <ConsoleGate product="Console">
          <RouterProvider router={router} />
        </ConsoleGate>
      </SignInLinks>
    )}
  </QueryClientProvider>,
);
