import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** The distribution's Chromium, headless and without chatter of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Look {
  readonly language: "it" | "en";
  readonly scheme: "light" | "dark";
}

/** Each language and each scheme once: contrast does not hang on the language, nor a missing label on the scheme. */
const pairs: readonly Look[] = [
  { language: "it", scheme: "light" },
  { language: "en", scheme: "dark" },
];

/** `LOOKS=all` looks at the two other combinations too. */
export const looks: readonly Look[] =
  process.env["LOOKS"] === "all"
    ? [...pairs, { language: "it", scheme: "dark" }, { language: "en", scheme: "light" }]
    : pairs;

/** A fresh profile in a language and scheme. Violations of the page's policy and script errors are collected. */
export async function openPage(
  browser: Browser,
  look: Look,
  viewport = { width: 1280, height: 800 },
): Promise<{ page: Page; context: BrowserContext; troubles: string[] }> {
  const context = await browser.newContext({
    locale: look.language === "it" ? "it-IT" : "en-GB",
    colorScheme: look.scheme,
    viewport,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  // Shorter than a test may take, so that the step that waits in vain is named.
  page.setDefaultTimeout(20_000);
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) troubles.push(`policy: ${message.text()}`);
  });
  return { page, context, troubles };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2 AA by axe (R97). Returns one line a violation with the first offending element. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          root: Document,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const result = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      iframes: false,
    });
    return result.violations.map(
      (violation) =>
        `${violation.id}: ${violation.nodes[0]?.html} (${violation.nodes.length}) ${violation.nodes[0]?.failureSummary ?? ""}`,
    );
  });
}
