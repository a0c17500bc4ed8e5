/** Tells piece by piece about how many characters a value takes as JSON, so that `spend` may end it by throwing. */
export function weighJson(value: unknown, spend: (chars: number) => void): void {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const one = waiting.pop();
    spend(typeof one === "string" ? one.length + 2 : 2);
    if (Array.isArray(one)) for (const item of one) waiting.push(item);
    else if (typeof one === "object" && one !== null)
      for (const [key, member] of Object.entries(one)) {
        spend(key.length + 2);
        waiting.push(member);
      }
  }
}
