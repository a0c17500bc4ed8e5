import { foldText } from "./decode-text.ts";

/**
 * Base subject (RFC 5256 §2.1) of a decoded subject, folded for comparison: reply and forward marks, blobs in brackets
 * and `(fwd)` go. Linear: each round removes something or ends.
 */
export function baseSubject(subject: string): string {
  let text = foldText(subject.slice(0, 2_000)).replace(/\s+/g, " ").trim();
  for (;;) {
    const before = text;
    while (text.endsWith("(fwd)")) text = text.slice(0, -5).trimEnd();
    for (;;) {
      const leader = /^(?:\[[^[\]]*\] ?)*(?:re|fwd?) ?(?:\[[^[\]]*\] ?)?: ?/.exec(text);
      if (leader && leader[0] !== "") {
        text = text.slice(leader[0].length);
        continue;
      }
      const blob = /^\[[^[\]]*\] ?/.exec(text);
      if (!blob || text.length === blob[0].length) break;
      text = text.slice(blob[0].length);
    }
    if (text.startsWith("[fwd:") && text.endsWith("]")) text = text.slice(5, -1).trim();
    if (text === before) return text;
  }
}

/** True when the subject is marked as a reply or forward (RFC 5256 §2.1, "is a reply"). */
export function isReplySubject(subject: string): boolean {
  const text = foldText(subject.slice(0, 2_000)).replace(/\s+/g, " ").trim();
  return (
    /^(?:\[[^[\]]*\] ?)*(?:re|fwd?) ?(?:\[[^[\]]*\] ?)?:/.test(text) ||
    text.endsWith("(fwd)") ||
    /^\[fwd:.*\]$/.test(text)
  );
}
