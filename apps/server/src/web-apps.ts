import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FaceName } from "./open-face.ts";

/** The web apps that were built beside this program; a face without one serves its API alone. */
export function builtWebApps(): Partial<Record<FaceName, string>> {
  const found: Partial<Record<FaceName, string>> = {};
  for (const name of ["console", "operator", "webmail"] as const) {
    const dist = fileURLToPath(new URL(`../../${name}/dist`, import.meta.url));
    if (existsSync(`${dist}/index.html`)) found[name] = dist;
  }
  return found;
}
