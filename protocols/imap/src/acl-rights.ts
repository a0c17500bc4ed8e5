// RFC 4314 §2.1 rights, §2.1.1 the obsolete c and d, §3.1 modifications, §3.4 tied rights
import { Failure } from "@casaforte/kernel";
import { SyntaxFailure } from "./syntax/syntax-failure.ts";

/** What SETACL asks for one identifier. `rights` holds letters of today: `c` and `d` are spelt out. */
export interface AclChange {
  readonly mode: "replace" | "add" | "remove";
  readonly rights: string;
}

/** Rights that the server knows by name; those that no grant holds are known and not given. */
const known = "lrswipkxtea";

/** What the obsolete letters stand for. */
const virtual: Readonly<Record<string, string>> = { c: "kx", d: "te" };

/** `lrs`, `+k`, `-d`. @throws SyntaxFailure for a letter that is no right, in capitals too. */
export function parseAclChange(text: string): AclChange {
  const mode = text.startsWith("+") ? "add" : text.startsWith("-") ? "remove" : "replace";
  const letters = new Set<string>();
  for (const letter of mode === "replace" ? text : text.slice(1)) {
    const meant = virtual[letter] ?? letter;
    for (const one of meant) {
      if (!known.includes(one))
        throw new SyntaxFailure(`There is no right ${/^[ -~]$/.test(one) ? one : "of that name"}`);
      letters.add(one);
    }
  }
  return { mode, rights: [...letters].join("") };
}

const isWithin = (part: string, whole: string): boolean => [...part].every((letter) => whole.includes(letter));

/**
 * What somebody holds after a change, where only `levels` can be given: ascending, each holds the one before. Of what lies
 * between two the lower is given, since the rights that a level adds are tied together: all or none; never more than was asked.
 * Empty: nothing. @throws unsupported `imap.rights_not_offered` when the change would give nothing of what it asks.
 */
export function rightsAfter(held: string, change: AclChange, levels: readonly string[]): string {
  const { mode, rights } = change;
  const kept = [...held].filter((letter) => mode === "add" || (mode === "remove" && !rights.includes(letter)));
  const wanted = mode === "remove" ? kept.join("") : kept.join("") + rights;
  const level = levels.findLast((one) => isWithin(one, wanted)) ?? "";
  const isVain = mode === "add" ? level === held && !isWithin(rights, held) : level === "" && rights !== "";
  if (mode !== "remove" && isVain)
    throw new Failure("unsupported", "imap.rights_not_offered", `Rights are given as ${levels.join(", ")}`);
  return level;
}

/** Rights as they are told: with the obsolete letters that older clients look for. */
export function printedRights(rights: string): string {
  const told = Object.entries(virtual).filter(([, members]) => [...members].some((letter) => rights.includes(letter)));
  return rights + told.map(([letter]) => letter).join("");
}

/** What each level adds to the one before: the groups of a LISTRIGHTS response. */
export const tiedRights = (levels: readonly string[]): string[] =>
  levels.map((level, at) => printedRights([...level].filter((letter) => !levels[at - 1]?.includes(letter)).join("")));
