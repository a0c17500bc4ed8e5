import { fileTag } from "./file-tag.ts";
import type { PointNode } from "./point-files.ts";

export const multistatusStart = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:A="http://apache.org/dav/props/">
`;
export const multistatusEnd = "</D:multistatus>\n";

/** All that is known of a node, whichever properties were asked for (RFC 4918 §9.1). `href` is encoded already. */
export function responseOf(href: string, node: PointNode): string {
  const isFile = node.kind === "file";
  const properties = [
    `<D:displayname>${xmlText(node.name.toString("utf8"))}</D:displayname>`,
    isFile ? "<D:resourcetype/>" : "<D:resourcetype><D:collection/></D:resourcetype>",
    ...(node.modifiedNs === 0n ? [] : [`<D:getlastmodified>${httpDate(node.modifiedNs)}</D:getlastmodified>`]),
    ...(isFile
      ? [
          `<D:getcontentlength>${node.content.sizeBytes}</D:getcontentlength>`,
          `<D:getcontenttype>application/octet-stream</D:getcontenttype>`,
          `<D:getetag>${xmlText(fileTag(node.content))}</D:getetag>`,
          `<A:executable>${node.isExecutable ? "T" : "F"}</A:executable>`,
        ]
      : []),
    "<D:supportedlock/>",
  ];
  const answer = `<D:propstat><D:prop>${properties.join("")}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`;
  return `<D:response><D:href>${xmlText(href)}</D:href>${answer}</D:response>\n`;
}

/** Characters that XML 1.0 has no way to write become U+FFFD. */
export const xmlText = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");

/** Times that HTTP cannot say are shown as its limits. */
export function httpDate(ns: bigint): string {
  const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59);
  return new Date(Math.max(0, Math.min(latestMs, Number(ns / 1_000_000n)))).toUTCString();
}
