/**
 * Whether a LIST pattern matches a name: `*` any text, `%` any text without the delimiter (RFC 9051 §6.3.9). Takes time
 * proportional to both lengths, whatever the pattern.
 */
export function matchesPattern(pattern: string, name: string, delimiter = "/"): boolean {
  let reachable = new Uint8Array(name.length + 1);
  reachable[0] = 1;
  for (const character of pattern.replace(/\*[*%]+|%+\*[*%]*/g, "*")) {
    const next = new Uint8Array(name.length + 1);
    if (character === "*" || character === "%") spread(reachable, next, name, character === "%" ? delimiter : null);
    else {
      let at = 0;
      for (const letter of name) {
        if (reachable[at] === 1 && letter === character) next[at + letter.length] = 1;
        at += letter.length;
      }
    }
    reachable = next;
  }
  return reachable[name.length] === 1;
}

function spread(from: Uint8Array, to: Uint8Array, name: string, stop: string | null): void {
  let open = false;
  for (let at = 0; at <= name.length; at++) {
    if (at > 0 && stop !== null && name.charAt(at - 1) === stop) open = false;
    if (from[at] === 1) open = true;
    if (open) to[at] = 1;
  }
}
