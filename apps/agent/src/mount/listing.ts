import { shownBytes } from "../output.ts";
import { httpDate, xmlText } from "./multistatus.ts";
import type { PointNode, PointPath } from "./point-files.ts";

/** A directory as a page for a browser. Pieces, since a directory may hold a million names. */
export function listingStart(path: PointPath): string {
  const title = xmlText(`/${path.slice(1).map(shown).join("/")}`);
  const up = path.length > 1 ? `<tr><td><a href="../">../</a></td><td></td><td></td></tr>\n` : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.25rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
th { text-align: left; border-bottom: 1px solid }
th, td { padding: 0.2rem 1rem 0.2rem 0 }
td:first-child { overflow-wrap: anywhere }
td:not(:first-child) { white-space: nowrap; font-variant-numeric: tabular-nums }
</style></head><body><h1>${title}</h1>
<table><thead><tr><th>Name</th><th>Size</th><th>Changed</th></tr></thead><tbody>
${up}`;
}

/** `href` is encoded already. */
export function listingLine(href: string, node: PointNode): string {
  const slash = node.kind === "directory" ? "/" : "";
  const size = node.kind === "file" ? shownBytes(node.content.sizeBytes) : "";
  const link = `<a href="./${href}">${xmlText(shown(node))}${slash}</a>`;
  return `<tr><td>${link}</td><td>${size}</td><td>${httpDate(node.modifiedNs)}</td></tr>\n`;
}

export const listingEnd = "</tbody></table></body></html>\n";

const shown = ({ name }: PointNode): string => name.toString("utf8");
