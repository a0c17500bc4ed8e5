import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { findings, root, type Step } from "./steps.ts";

/**
 * Thousands of bytes, as gzip -9 leaves them, that an app's page names in its head: what a browser fetches before it shows
 * anything of the app's own, apart from the texts of one language. Goals: docs/screens.md.
 */
export const firstLoadLimits = {
  console: { js: 190, css: 25 },
  operator: { js: 200, css: 25 },
  webmail: { js: 190, css: 26 },
} as const;

export interface FirstLoad {
  readonly js: number;
  readonly css: number;
}

/** What a built app's page fetches first, in thousands of bytes. @throws Error when the page names no script or no style. */
export function firstLoad(dist: string): FirstLoad {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const size = (pattern: RegExp): number => {
    const files = [...page.matchAll(pattern)].map(([, path = ""]) => readFileSync(join(dist, path)));
    if (files.length === 0) throw new Error(`${dist}/index.html names nothing like ${pattern}`);
    return files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0) / 1000;
  };
  return { js: size(/(?:src|href)="([^"]+\.js)"/g), css: size(/href="([^"]+\.css)"/g) };
}

/** What is over its limit, one sentence each. */
export function overLimit(app: string, load: FirstLoad, limit: FirstLoad): readonly string[] {
  return (["js", "css"] as const)
    .filter((kind) => load[kind] > limit[kind])
    .map((kind) => `${app}: the first page loads ${load[kind].toFixed(1)} kB of ${kind}, more than ${limit[kind]}`);
}

/** After the web apps are built. */
export const firstLoadStep: Step = findings("what the first pages load", () =>
  Object.entries(firstLoadLimits).flatMap(([app, limit]) => {
    const load = firstLoad(join(root, "apps", app, "dist"));
    console.log(`${app}: ${load.js.toFixed(1)} kB of js, ${load.css.toFixed(1)} kB of css`);
    return overLimit(app, load, limit);
  }),
);
