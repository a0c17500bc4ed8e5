/** What a text condition looks for (RFC 8621 §4.4.1): its words, with phrases in quotes kept together. */
export function* filterWords(text: string): Generator<string> {
  for (const [, phrase, word] of text.matchAll(/"([^"]+)"|(\S+)/g)) yield phrase ?? word ?? "";
}
