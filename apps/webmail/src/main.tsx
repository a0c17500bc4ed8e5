import "@casaforte/ui-kit/styles.css";
import "./webmail.css";
import { SignInLinks, startApp } from "@casaforte/ui-kit";
import { App } from "./App.tsx";
import { catalogues } from "./translate.ts";

void startApp(
  catalogues,
  <SignInLinks product="Mail" realm="mail">
    <App />
  </SignInLinks>,
);
