import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { painted, settled } from "./browser.ts";

const shots = process.env["SHOTS"];
/** WCAG 1.4.10: what a page of 1,280 px has left when it is magnified four times. */
const narrow = { width: 320, height: 640 };
const wide = { width: 1280, height: 800 };

/** Makes each text that the page shows as long as in a language that needs 40 % more letters: a word goes on with its own beginning. */
async function lengthenTexts(page: Page): Promise<void> {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const store = globalThis as { longerTexts?: WeakMap<Node, string> };
    store.longerTexts ??= new WeakMap();
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.nodeValue ?? "";
      // What the page has not written anew is long already.
      if (store.longerTexts.get(node) === text || node.parentElement?.closest("script, style")) continue;
      const longer = text.replace(/\p{L}{2,}/gu, (word) => word + word.slice(0, Math.ceil(word.length * 0.4)));
      node.nodeValue = longer;
      store.longerTexts.set(node, longer);
    }
  });
}

/**
 * What stands beyond the window's right edge without being in a frame that scrolls, which words of buttons, tabs, links and
 * headings are cut, which words of a chart are too small, which text is squeezed to a few letters a line, which mark in a
 * table is broken in a word, and which frame that scrolls has no name or is not reached by keyboard: one line each. Mail in
 * a list may end in an ellipsis, a person's name in the corner too, and a text whose `title` has the whole.
 */
async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const nameOf = (one: Element) => `${one.outerHTML.slice(0, 90)} “${(one.textContent ?? "").slice(0, 40)}”`;
    const isEllipsis = (one: Element) => getComputedStyle(one).textOverflow === "ellipsis";
    const isHeld = (one: Element): boolean => {
      for (let box: Element | null = one; box !== null; box = box.parentElement)
        if (/auto|scroll/.test(getComputedStyle(box).overflowX) || isEllipsis(box)) return true;
      return false;
    };
    const beyond = document.documentElement.scrollWidth - innerWidth;
    if (beyond > 0) found.push(`the page is ${beyond} px too wide`);
    const everything = [...document.body.querySelectorAll("*")];
    const outside = everything.filter((one) => {
      const { width, right } = one.getBoundingClientRect();
      return width > 0 && right > innerWidth + 1 && !isHeld(one);
    });
    found.push(...outside.slice(0, 3).map((one) => `${nameOf(one)} stands beyond the edge`));
    const worded =
      "button, [role=tab], [role=menuitem], a, label, legend, h1, h2, h3, h4, th, .mantine-Badge-root, .mantine-SegmentedControl-root";
    for (const one of document.querySelectorAll(`:is(${worded}), :is(${worded}) *`)) {
      const { overflowX, overflowY } = getComputedStyle(one);
      // Words for screen readers alone stand in a box of one pixel.
      if (
        one.clientWidth < 2 ||
        one.textContent?.trim() === "" ||
        one.closest("[title], .wm-row, .cf-account") !== null
      )
        continue;
      if (overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1)
        found.push(`${nameOf(one)} is cut by ${one.scrollWidth - one.clientWidth} px`);
      else if (overflowY !== "visible" && one.scrollHeight > one.clientHeight + 1)
        found.push(`${nameOf(one)} is cut by ${one.scrollHeight - one.clientHeight} px of its height`);
    }
    const lines = document.createRange();
    for (const one of everything) {
      const letters = one.childElementCount > 0 ? 0 : (one.textContent?.trim().length ?? 0);
      if (letters < 8 || one.clientWidth < 2) continue;
      lines.selectNodeContents(one);
      if (lines.getClientRects().length > letters / 3) found.push(`${nameOf(one)} is squeezed`);
    }
    for (const one of document.querySelectorAll<SVGTextElement>("svg text"))
      if (one.getBoundingClientRect().height < 10) found.push(`${nameOf(one)} is too small to read`);
    for (const one of document.querySelectorAll("td .mantine-Badge-label")) {
      const range = document.createRange();
      range.selectNodeContents(one);
      if (range.getClientRects().length > 1 && !/\s/.test(one.textContent ?? ""))
        found.push(`${nameOf(one)} is broken in a word`);
    }
    for (const frame of document.querySelectorAll<HTMLElement>(".mantine-ScrollArea-viewport")) {
      if (frame.scrollWidth <= frame.clientWidth + 1) continue;
      if (frame.tabIndex !== 0 || !frame.getAttribute("aria-label")) found.push(`${nameOf(frame)} scrolls unnamed`);
    }
    return found;
  });
}

/**
 * A page with texts longer by 40 %, at 320 px and at 1,280 px (ux.md §7): what fits so fits with its own texts too. Returns what
 * does not fit, one line each, and leaves the page wide.
 */
export async function misfitsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  const measure = async (how: string): Promise<void> => {
    await painted(page);
    if (shots) {
      await mkdir(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${name}-${how}.png`) });
    }
    for (const one of await misfits(page)) found.push(`${name}, ${how}: ${one}`);
  };
  await page.setViewportSize(narrow);
  await settled(page);
  await lengthenTexts(page);
  await measure("320");
  await page.setViewportSize(wide);
  await measure("1280");
  return found;
}
