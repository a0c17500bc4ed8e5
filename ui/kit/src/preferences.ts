export type Language = "it" | "en";
export type ColorScheme = "light" | "dark" | "auto";

const yearSeconds = 31_536_000;

function readCookie(name: string): string | null {
  for (const piece of document.cookie.split("; "))
    if (piece.startsWith(`${name}=`)) return decodeURIComponent(piece.slice(name.length + 1));
  return null;
}

function writeCookie(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we support.
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${yearSeconds}; SameSite=Strict${secure}`;
}

/** The language chosen before, else the browser's if we have it, else Italian. Nothing personal is stored. */
export function preferredLanguage(): Language {
  const chosen = readCookie("cf-language");
  if (chosen === "it" || chosen === "en") return chosen;
  return navigator.languages.some((language) => language.startsWith("it")) ||
    !navigator.languages.some((language) => language.startsWith("en"))
    ? "it"
    : "en";
}

export const rememberLanguage = (language: Language): void => writeCookie("cf-language", language);

/** The scheme chosen before, else the system's. */
export function preferredScheme(): ColorScheme {
  const chosen = readCookie("cf-scheme");
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

export const rememberScheme = (scheme: ColorScheme): void => writeCookie("cf-scheme", scheme);
