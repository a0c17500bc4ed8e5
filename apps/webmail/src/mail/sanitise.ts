import DOMPurify from "dompurify";

/** Mail that can be shown: no script, no form, nothing fetched from elsewhere unless asked. */
export interface SafeMail {
  readonly html: string;
  /** Remote pictures were taken out. */
  readonly hasBlockedImages: boolean;
}

export interface SanitiseOptions {
  readonly showImages: boolean;
  /** Address of a part by its Content-ID; null when there is none such. */
  readonly partUrl: (cid: string) => string | null;
  /** Our own way to a remote picture, which hides the reader's address. */
  readonly imageUrl: (remote: string) => string;
}

const isRemote = (url: string): boolean => /^\s*(?:https?:)?\/\//i.test(url);

/**
 * Cleans the HTML of a message (ux.md §5, security.md 29). The frame that shows it runs no scripts either and the page's
 * policy lets nothing be fetched from elsewhere: three walls, so that one may have a hole.
 */
export function sanitiseMail(source: string, options: SanitiseOptions): SafeMail {
  let hasBlockedImages = false;
  const purifier = DOMPurify(window);
  const cleanUrl = (url: string): string | null => {
    const trimmed = url.trim();
    if (/^cid:/i.test(trimmed)) return options.partUrl(decodeURIComponent(trimmed.slice(4)));
    if (/^data:image\/(png|jpe?g|gif|webp|avif);/i.test(trimmed)) return trimmed;
    if (!isRemote(trimmed)) return null;
    if (options.showImages) return options.imageUrl(trimmed.startsWith("//") ? `https:${trimmed}` : trimmed);
    hasBlockedImages = true;
    return null;
  };
  const cleanCss = (css: string): string =>
    css
      .replace(/@import[^;]*;?/gi, "")
      .replace(/(?:-moz-binding|behavior|expression)\s*[:(][^;]*/gi, "")
      .replace(/url\(\s*(['"]?)(.*?)\1\s*\)/gis, (_, _quote: string, url: string) => {
        const clean = cleanUrl(url);
        return clean === null ? "none" : `url("${clean.replaceAll('"', "%22")}")`;
      })
      // A backslash can hide `url(` from the line above; a style that still has one goes.
      .replace(/[^;{}]*\\[^;{}]*/g, "");
  purifier.addHook("uponSanitizeElement", (node) => {
    if (node instanceof HTMLStyleElement) node.textContent = cleanCss(node.textContent ?? "");
  });
  purifier.addHook("afterSanitizeAttributes", (node) => {
    for (const name of ["src", "background", "poster"]) {
      const url = node.getAttribute(name);
      if (url === null) continue;
      const clean = cleanUrl(url);
      if (clean === null) node.removeAttribute(name);
      else node.setAttribute(name, clean);
    }
    node.removeAttribute("srcset");
    const style = node.getAttribute("style");
    if (style !== null) node.setAttribute("style", cleanCss(style));
    if (node.tagName === "A" || node.tagName === "AREA") {
      const href = node.getAttribute("href") ?? "";
      if (!/^(https?:|mailto:|tel:)/i.test(href.trim())) node.removeAttribute("href");
      node.setAttribute("target", "_blank");
      node.setAttribute("rel", "noopener noreferrer");
    }
  });
  const html = purifier.sanitize(source, {
    WHOLE_DOCUMENT: true,
    FORBID_TAGS: [
      "form",
      "input",
      "button",
      "select",
      "textarea",
      "iframe",
      "frame",
      "object",
      "embed",
      "video",
      "audio",
      "svg",
      "math",
      "meta",
      "link",
      "base",
      "dialog",
    ],
    FORBID_ATTR: ["ping", "action", "formaction", "autofocus", "contenteditable", "id", "name"],
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|cid:|data:image\/|\/\/)/i,
  });
  return { html, hasBlockedImages };
}
