/** Languages of every screen (R96). */
export type Language = "it" | "en";
export type ColorScheme = "light" | "dark" | "auto";

const year = 31_536_000;

function readCookie(name: string): string | null {
  for (const pair of document.cookie.split("; ")) {
    const [key, value] = pair.split("=", 2);
    if (key === name && value !== undefined) return decodeURIComponent(value);
  }
  return null;
}

/** How the page looks is no personal datum, and a cookie lets the server's first page know it too. */
function writeCookie(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari of two versions ago.
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${year}; SameSite=Lax${secure}`;
}

/** The language chosen before, or the browser's first that we have; Italian otherwise. */
export function preferredLanguage(): Language {
  const chosen = readCookie("cf_language");
  if (chosen === "it" || chosen === "en") return chosen;
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === "it" || tag === "en");
  return known === "en" ? "en" : "it";
}

export const rememberLanguage = (language: Language): void => writeCookie("cf_language", language);

/** The scheme chosen before; `auto` follows the system. */
export function preferredScheme(): ColorScheme {
  const chosen = readCookie("cf_scheme");
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

export const rememberScheme = (scheme: ColorScheme): void => writeCookie("cf_scheme", scheme);
