/** A device's name as a file's: letters, digits, dots and dashes. */
export function asciiName(name: string): string {
  const clean = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return clean.slice(0, 60) || "device";
}
