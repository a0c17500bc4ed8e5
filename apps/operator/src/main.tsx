import "@casaforte/ui-kit/styles.css";
import "@casaforte/ui-kit/console-styles.css";
import "@casaforte/ui-kit/kit.css";
import { SignInLinks, startApp } from "@casaforte/ui-kit";
import { ConsoleGate, createQueryClient } from "@casaforte/ui-kit/console";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { router } from "./router.tsx";

void startApp(
  { it: async () => (await import("./messages-it.ts")).it, en: async () => (await import("./messages-en.ts")).en },
  <QueryClientProvider client={createQueryClient()}>
    <SignInLinks product="Operator" realm="operator">
      <ConsoleGate product="Operator">
        <RouterProvider router={router} />
      </ConsoleGate>
    </SignInLinks>
  </QueryClientProvider>,
);
