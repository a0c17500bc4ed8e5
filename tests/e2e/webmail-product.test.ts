import { expect, test } from "vitest";
import { openBrowser } from "../support/browser.ts";
import { Product } from "../support/product.ts";
import { beginWalk } from "../support/walk.ts";

test("in the running product a message goes from one browser through queue and delivery into the other's list", async () => {
  const product = await Product.prepare();
  const browser = await openBrowser();
  try {
    const { webmail, demo } = await product.start();
    // Walkthrough B begins at the sign-in here: a mailbox's password comes from its administrator, not by a link.
    const ends: (() => void)[] = [];
    const open = async (person: { readonly address: string; readonly password: string } | undefined) => {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        locale: "it-IT",
        viewport: { width: 1400, height: 900 },
      });
      ends.push(await beginWalk(context, "walkthrough B, from the sign-in", "1:30"));
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(webmail);
      await page.fill("input[name=username]", person?.address ?? "");
      await page.fill("input[name=password]", person?.password ?? "");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".wm-list-pane");
      return page;
    };
    const [anna, bruno] = demo.mailAccounts;
    const reader = await open(bruno);
    const writer = await open(anna);
    await writer.keyboard.press("c");
    await writer.waitForSelector(".wm-editor-text");
    await writer.keyboard.type(`${bruno?.address},`);
    await writer.getByLabel("Oggetto").fill("Dal vero");
    await writer.click(".wm-editor-text");
    await writer.keyboard.type("Passa dalla coda e dalla consegna.");
    await writer.keyboard.press("Control+Enter");
    await writer.waitForSelector(".wm-composer", { state: "detached" });
    ends[1]?.();
    // Ten seconds to take it back, then the queue; the list shows it without being asked.
    const row = reader.locator(".wm-row-subject", { hasText: "Dal vero" });
    await row.waitFor({ timeout: 45_000 });
    await row.click();
    await reader.waitForSelector(".wm-card-body iframe");
    const text = await reader.frameLocator(".wm-card-body iframe").locator("body").textContent();
    expect(text).toContain("Passa dalla coda e dalla consegna.");
  } finally {
    await browser.close();
    await product.dispose();
  }
}, 240_000);
