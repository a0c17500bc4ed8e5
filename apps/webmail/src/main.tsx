import "@casaforte/ui-kit/styles.css";
import "./webmail.css";
import { startApp } from "@casaforte/ui-kit";
import { App } from "./App.tsx";
import { catalogues } from "./translate.ts";

void startApp(catalogues, <App />);
