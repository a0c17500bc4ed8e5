import "@casaforte/ui-kit/styles.css";
import "@casaforte/ui-kit/console-styles.css";
import "@casaforte/ui-kit/kit.css";
import { LoadingState, SignInLinks, startApp } from "@casaforte/ui-kit";
import { ConsoleGate, createQueryClient } from "@casaforte/ui-kit/console";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { router } from "./router.tsx";

const PriceList = lazy(async () => ({ default: (await import("./pages/PriceList.tsx")).PriceList }));
const SignUp = lazy(async () => ({ default: (await import("./signup/SignUp.tsx")).SignUp }));
const SignUpLink = lazy(async () => ({ default: (await import("./signup/SignUpLink.tsx")).SignUpLink }));
const SupportEntry = lazy(async () => ({ default: (await import("./pages/SupportEntry.tsx")).SupportEntry }));
/** The pages that need no sign-in. */
const open = { "/price-list": <PriceList />, "/sign-up": <SignUp />, "/support-entry": <SupportEntry /> };
const page = location.pathname.replace(/\/$/, "");
const openPage = page in open ? open[page as keyof typeof open] : null;

void startApp(
  { it: async () => (await import("./messages-it.ts")).it, en: async () => (await import("./messages-en.ts")).en },
  <QueryClientProvider client={createQueryClient()}>
    {openPage !== null ? (
      <Suspense fallback={<LoadingState />}>{openPage}</Suspense>
    ) : (
      <SignInLinks product="Console" realm="user">
        <ConsoleGate
          product="Console"
          footer={
            <Suspense fallback={null}>
              <SignUpLink />
            </Suspense>
          }
        >
          <RouterProvider router={router} />
        </ConsoleGate>
      </SignInLinks>
    )}
  </QueryClientProvider>,
);
