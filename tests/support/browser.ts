import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";

/** The distribution's Chromium, headless and without chatter of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium-headless-shell",
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
  /** Every second screen that axe is asked for is turned to the dark, the others to the light. */
  readonly isInTurn?: true;
}

/**
 * The longer language, one screen in the light and the next in the dark: most of what is wrong is so in both. Screens in
 * English are looked at where a test walks through them. `LOOKS=all` (`npm run soak -- looks`) has every screen in all four
 * combinations.
 */
export const looks: readonly (Look & { readonly name: string })[] =
  process.env["LOOKS"] === "all"
    ? (["it", "en"] as const).flatMap((language) =>
        (["light", "dark"] as const).map((scheme) => ({ language, scheme, name: `${language}, ${scheme}` })),
      )
    : [{ language: "it", scheme: "light", isInTurn: true, name: "it, light and dark in turn" }];

/** How many screens of a page that is looked at in turn axe was asked for. */
const inTurn = new WeakMap<Page, number>();

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
  if (look.isInTurn) inTurn.set(page, 0);
  countRequests(page);
  // Shorter than a test may take, so that the step that waits in vain is named.
  page.setDefaultTimeout(20_000);
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) troubles.push(`policy: ${message.text()}`);
  });
  return { page, context, troubles };
}

/** Of two frames each. */
const settledRoundsMax = 600;
const pending = new WeakMap<Page, Set<Request>>();

function countRequests(page: Page): void {
  const asked = new Set<Request>();
  pending.set(page, asked);
  page.on("request", (request) => void (request.resourceType() !== "eventsource" && asked.add(request)));
  page.on("requestfinished", (request) => void asked.delete(request));
  page.on("requestfailed", (request) => void asked.delete(request));
}

/** Until what was done to the page shows. */
export function painted(page: Page): Promise<void> {
  return page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
  );
}

/**
 * Until the page asks for nothing more and has painted what it got: what half a second without requests would tell,
 * without the half second. A part of the page that asks as soon as it stands has asked after two frames.
 */
export async function settled(page: Page): Promise<void> {
  const asked = pending.get(page) ?? new Set();
  for (let round = 0, calm = 0; calm < 2; round++) {
    if (round === settledRoundsMax)
      throw new Error(`the page waits for ${[...asked].map((one) => one.url()).join(", ")}`);
    await painted(page);
    calm = asked.size > 0 ? 0 : calm + 1;
  }
}

/**
 * Goes on within an app that stands already, as its links do, and returns the new page's heading. Loading the whole app
 * for each of its pages would take most of a test's time.
 */
export async function goWithin(page: Page, path: string): Promise<string> {
  await page.evaluate((to) => history.pushState(null, "", to), path);
  await settled(page);
  const heading = page.locator("main#main h1");
  await heading.waitFor();
  return (await heading.textContent()) ?? "";
}

const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The scheme of the next screen, as when the machine goes to it while the page is open. */
async function takeTurn(page: Page, looked: number): Promise<void> {
  inTurn.set(page, looked + 1);
  const scheme = looked % 2 === 0 ? "light" : "dark";
  await page.emulateMedia({ colorScheme: scheme });
  // The status page and the contact are the server's own: of them the style sheet alone turns.
  const turned = `html[data-mantine-color-scheme="${scheme}"], html:not([data-mantine-color-scheme])`;
  await page.locator(turned).waitFor({ state: "attached" });
}

/**
 * WCAG 2.2 AA by axe (R97). Returns one line a violation with the first offending element. Of an app's later pages only what
 * is new is looked at, `main#main`: the frame around it is the first page's. What was done before is painted first.
 */
export async function axeViolations(page: Page, within?: "main#main"): Promise<string[]> {
  const looked = inTurn.get(page);
  if (looked !== undefined) await takeTurn(page, looked);
  await painted(page);
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(
    async ([part, runOnly]) => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(
            root: Document | { include: string[] },
            options: object,
          ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
        };
      };
      const result = await axe.run(part === null ? document : { include: [part] }, {
        runOnly: { type: "tag", values: runOnly },
        iframes: false,
        // What passed is not told, and where an element stands its own line tells: to find both out is a sixth of the time.
        resultTypes: ["violations"],
        selectors: false,
      });
      return result.violations.map(
        (violation) =>
          `${violation.id}: ${violation.nodes[0]?.html} (${violation.nodes.length}) ${violation.nodes[0]?.failureSummary ?? ""}`,
      );
    },
    [within ?? null, axeTags] as const,
  );
}
