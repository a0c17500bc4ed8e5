import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const styles = dirname(createRequire(import.meta.url).resolve("@mantine/core/styles/Button.css"));
const sheets = new Set(globSync("*.css", { cwd: styles }).map((name) => name.replace(/\.css$/, "")));

const apps = {
  webmail: ["styles.css"],
  console: ["styles.css", "console-styles.css"],
  operator: ["styles.css", "console-styles.css"],
};

test.each(Object.entries(apps))("every component that a screen of %s uses has its style sheet", (app, files) => {
  const ours = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join();
  const sources = globSync(["ui/*/src/**/*.tsx", `apps/${app}/src/**/*.tsx`], { cwd: root });
  expect(sources.length).toBeGreaterThan(50);
  const bare = sources.flatMap((source) => {
    const text = readFileSync(join(root, source), "utf8");
    const names = [...text.matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)].flatMap(([, list]) =>
      (list ?? "").split(",").map((name) => name.trim()),
    );
    return names
      .filter((name) => sheets.has(name) && !ours.includes(`styles/${name}.css`))
      .map((name) => `${source} uses ${name}`);
  });
  expect(bare).toEqual([]);
});
