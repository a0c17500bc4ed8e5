import type { Page } from "playwright-core";
import { expect } from "vitest";

/** No point has it. */
const nobodys = "01890000-0000-7000-8000-000000000099";
const newest = "**/api/devices/*/points?limit=500";
const lookUps = "**/api/devices/*/points?from=*";

/** A device of more points than a choice offers: it has none of those that the test looks for. */
export const offerNoPoints = (page: Page) =>
  page.route(newest, (route) => route.fulfill({ json: { points: [], nextBefore: nobodys } }));

/** Where `there` opens a point that the choice does not have: what is said when it cannot be had. */
export async function missPoint(page: Page, there: string, look: (name: string) => Promise<void>): Promise<void> {
  const gone = page.getByText("The point is gone.", { exact: false });
  const password = page.getByLabel("Backup password");
  await page.goto(there.replace(/point=[^&]+/, `point=${nobodys}`));
  await gone.waitFor();
  expect(await password.count()).toBe(0);

  await page.route(lookUps, (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto(there);
  const again = page.getByRole("button", { name: "Try again" });
  await again.waitFor();
  expect([await gone.count(), await password.count()]).toEqual([0, 0]);
  await look("look-up-failed");
  await page.unroute(lookUps);
  await again.click();
  await password.waitFor();

  const timeless = new URL(there);
  timeless.searchParams.delete("at");
  await page.goto(timeless.href);
  await page.getByText("This point is not among the newest 500", { exact: false }).waitFor();
  expect([await gone.count(), await password.count()]).toEqual([0, 0]);
  await look("not-newest");
  await page.getByRole("link", { name: "Points of the device" }).click();
  await page
    .getByRole("link", { name: /^Browse the point of/ })
    .first()
    .waitFor();
}
