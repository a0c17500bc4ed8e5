import { inflateSync } from "node:zlib";

/** What a page of pdfkit's says, a line for each piece of text. Its standard fonts are written in Windows-1252. */
export function pdfWords(bytes: Uint8Array): string[] {
  const file = Buffer.from(bytes);
  const lines: string[] = [];
  for (let at = file.indexOf("stream\n"); at >= 0; at = file.indexOf("stream\n", at + 1)) {
    if (file.subarray(at - 3, at).toString() === "end") continue;
    const page = inflateSync(file.subarray(at + 7, file.indexOf("endstream", at))).toString("latin1");
    for (const [, shown = ""] of page.matchAll(/\[([^\]]*)\] TJ/g)) {
      const codes = [...shown.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = ""]) => Buffer.from(hex, "hex"));
      lines.push(new TextDecoder("windows-1252").decode(Buffer.concat(codes)));
    }
  }
  return lines;
}
