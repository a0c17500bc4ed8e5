/**
 * The readable text of HTML, for search and previews only: never shown as HTML. One pass, linear in the input: tags and
 * comments go, script, style and head go with their contents, block tags become line feeds, entities are decoded.
 */
export function htmlToText(html: string): string {
  let text = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) {
      text += html.slice(at);
      break;
    }
    text += html.slice(at, open);
    const tag = /^<(?:(!--)|(\/?)([a-zA-Z][a-zA-Z0-9]*))/.exec(html.slice(open, open + 40));
    if (!tag) {
      const isMarkup = html.charAt(open + 1) === "!" || html.charAt(open + 1) === "?" || html.charAt(open + 1) === "/";
      const end = isMarkup ? html.indexOf(">", open) : -1;
      if (!isMarkup) text += "<";
      at = isMarkup ? (end < 0 ? html.length : end + 1) : open + 1;
      continue;
    }
    if (tag[1]) {
      const end = html.indexOf("-->", open + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const name = (tag[3] ?? "").toLowerCase();
    at = endOfTag(html, open);
    if (tag[2] === "" && silent.has(name)) at = afterClosing(html, at, name);
    else if (blocks.has(name)) text += "\n";
    else if (name === "td" || name === "th") text += " ";
  }
  return decodeEntities(text)
    .replace(/[ \t\f\v\u00a0\r]+/g, " ")
    .replace(/ ?\n[ \n]*/g, "\n")
    .trim();
}

const silent = new Set(["script", "style", "head", "title", "template", "noscript", "svg"]);
const blocks = new Set(
  "address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul".split(
    " ",
  ),
);

/** After the `>` that ends a tag, quoted attribute values respected; the end of the text when there is none. */
function endOfTag(html: string, open: number): number {
  let quote = "";
  for (let at = open + 1; at < html.length; at++) {
    const char = html.charAt(at);
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === ">") return at + 1;
    else if ((char === '"' || char === "'") && html.charAt(at - 1) === "=") quote = char;
  }
  // A quote that never ends would swallow the rest; take the first `>` then.
  const end = html.indexOf(">", open);
  return end < 0 ? html.length : end + 1;
}

function afterClosing(html: string, from: number, name: string): number {
  const closing = new RegExp(`</${name}[\\s>/]`, "gi");
  closing.lastIndex = from;
  const found = closing.exec(html);
  if (!found) return name === "head" || name === "noscript" || name === "svg" ? from : html.length;
  const end = html.indexOf(">", found.index);
  return end < 0 ? html.length : end + 1;
}

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  euro: "€",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  sbquo: "‚",
  bdquo: "„",
  laquo: "«",
  raquo: "»",
  bull: "•",
  middot: "·",
  deg: "°",
  sect: "§",
  para: "¶",
  pound: "£",
  cent: "¢",
  yen: "¥",
  agrave: "à",
  egrave: "è",
  eacute: "é",
  igrave: "ì",
  ograve: "ò",
  ugrave: "ù",
  Agrave: "À",
  Egrave: "È",
  Eacute: "É",
  Igrave: "Ì",
  Ograve: "Ò",
  Ugrave: "Ù",
  aacute: "á",
  iacute: "í",
  oacute: "ó",
  uacute: "ú",
  acirc: "â",
  ecirc: "ê",
  icirc: "î",
  ocirc: "ô",
  ucirc: "û",
  auml: "ä",
  euml: "ë",
  iuml: "ï",
  ouml: "ö",
  uuml: "ü",
  Auml: "Ä",
  Ouml: "Ö",
  Uuml: "Ü",
  szlig: "ß",
  ccedil: "ç",
  Ccedil: "Ç",
  ntilde: "ñ",
  Ntilde: "Ñ",
  aring: "å",
  Aring: "Å",
  oslash: "ø",
  Oslash: "Ø",
  aelig: "æ",
  AElig: "Æ",
  zwnj: "",
  zwj: "",
  shy: "",
  iexcl: "¡",
  iquest: "¿",
  times: "×",
  divide: "÷",
};

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[name as string] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex as string, 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "";
  });
}
