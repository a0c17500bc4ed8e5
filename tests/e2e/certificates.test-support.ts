import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";
import { shots } from "./scene.test-support.ts";

/** A domain's certificates, in English: without an authority, and as where the provider has one. The trial asks the server. */
export async function certificatesOfDomain(page: Page, domain: string): Promise<void> {
  const tab = page.getByRole("tab", { name: "Certificates" });
  await tab.click();
  await page.getByText("This service orders no certificates", { exact: false }).waitFor();
  const soon = new Date(Date.now() + 60 * 86_400_000).toISOString();
  const before = new Date(Date.now() - 3_600_000).toISOString();
  const blank = { endsAt: null, words: "", triedAt: before, retryFrom: before };
  await page.route("**/api/domains/*/certificates", (route) =>
    route.fulfill({
      json: {
        isOn: true,
        hostname: "mail.provider.example",
        names: [
          { ...blank, name: `autoconfig.${domain}`, trouble: "elsewhere" },
          { ...blank, name: `imap.${domain}`, trouble: "no_dns" },
          { ...blank, name: `mta-sts.${domain}`, endsAt: soon, trouble: null },
          { ...blank, name: `webmail.${domain}`, trouble: "refused", words: "caa: not this one" },
        ],
      },
    }),
  );
  await page.reload();
  await tab.click();
  await page.getByText("Let it lead to mail.provider.example alone", { exact: false }).waitFor();
  await page.getByText("Valid until", { exact: false }).waitFor();
  await page.getByText("caa: not this one").waitFor();
  expect(await axeViolations(page), "axe on the certificates").toEqual([]);
  if (shots) await page.screenshot({ path: join(shots, "certificates.png"), fullPage: true });
  await page.setViewportSize({ width: 360, height: 800 });
  const tooWide = () =>
    page.evaluate(() => {
      if (document.documentElement.scrollWidth <= window.innerWidth) return [];
      const wide = [...document.querySelectorAll("main *")].filter((each) => each.getBoundingClientRect().right > 361);
      return ["wider than the window", ...wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 120))];
    });
  await expect.poll(tooWide, { message: "the certificates at 360 px" }).toEqual([]);
  if (shots) await page.screenshot({ path: join(shots, "certificates-360.png"), fullPage: true });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: `Try again now: webmail.${domain}` }).click();
  await page.getByText("There is no such host name of this domain.").waitFor();
}
