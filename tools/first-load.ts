import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { findings, root, type Step } from "./steps.ts";

/**
 * Thousands of bytes, as gzip -9 leaves them, that an app's page names in its head: what a browser fetches before it shows
 * anything of the app's own, apart from the texts of one language. Goals: docs/screens.md.
 */
export const firstLoadLimits = {
  console: { js: 180, css: 25, later: 60 },
  operator: { js: 200, css: 25, later: 60 },
  webmail: { js: 180, css: 25, later: 60 },
} as const;

/** `later`: the largest script that the page does not name and fetches when it is needed; 0 without one. */
export interface FirstLoad {
  readonly js: number;
  readonly css: number;
  readonly later: number;
}

const packedKilobytes = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length / 1000;

/** What a built app's page fetches first, in thousands of bytes. @throws Error when the page names no script or no style. */
export function firstLoad(dist: string): FirstLoad {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const named = (pattern: RegExp): readonly string[] => {
    const files = [...page.matchAll(pattern)].map(([, path = ""]) => join(dist, path));
    if (files.length === 0) throw new Error(`${dist}/index.html names nothing like ${pattern}`);
    return files;
  };
  const sum = (files: readonly string[]) => files.reduce((total, file) => total + packedKilobytes(file), 0);
  const scripts = named(/(?:src|href)="([^"]+\.js)"/g);
  const others = globSync("assets/*.js", { cwd: dist })
    .map((name) => join(dist, name))
    .filter((file) => !scripts.includes(file));
  return {
    js: sum(scripts),
    css: sum(named(/href="([^"]+\.css)"/g)),
    later: Math.max(0, ...others.map(packedKilobytes)),
  };
}

const whats = {
  js: "the first page loads # kB of js",
  css: "the first page loads # kB of css",
  later: "a later script has # kB",
};

/** What is over its limit, one sentence each. */
export function overLimit(app: string, load: FirstLoad, limit: FirstLoad): readonly string[] {
  return (["js", "css", "later"] as const)
    .filter((kind) => load[kind] > limit[kind])
    .map((kind) => `${app}: ${whats[kind].replace("#", load[kind].toFixed(1))}, more than ${limit[kind]}`);
}

/** After the web apps are built. */
export const firstLoadStep: Step = findings("what the first pages load", () =>
  Object.entries(firstLoadLimits).flatMap(([app, limit]) => {
    const load = firstLoad(join(root, "apps", app, "dist"));
    console.log(
      `${app}: ${load.js.toFixed(1)} kB of js, ${load.css.toFixed(1)} kB of css, ${load.later.toFixed(1)} kB later`,
    );
    return overLimit(app, load, limit);
  }),
);
