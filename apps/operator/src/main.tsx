import "@casaforte/ui-kit/styles.css";
import "@casaforte/ui-kit/kit.css";
import { SignInLinks, startApp } from "@casaforte/ui-kit";
import { createQueryClient } from "@casaforte/ui-kit/console";
import { QueryClientProvider } from "@tanstack/react-query";
import { App } from "./App.tsx";

void startApp(
  { it: async () => (await import("./messages-it.ts")).it, en: async () => (await import("./messages-en.ts")).en },
  <QueryClientProvider client={createQueryClient()}>
    <SignInLinks product="Operator" realm="operator">
      <App />
    </SignInLinks>
  </QueryClientProvider>,
);
