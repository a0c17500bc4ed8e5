/** Words of the search box that are more than text, in both languages. */
const fields: Readonly<Record<string, string>> = {
  from: "from",
  da: "from",
  to: "to",
  a: "to",
  subject: "subject",
  oggetto: "subject",
};
const states: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "has:attachment": { hasAttachment: true },
  "con:allegato": { hasAttachment: true },
  "is:unread": { notKeyword: "$seen" },
  "non:letto": { notKeyword: "$seen" },
  "is:starred": { hasKeyword: "$flagged" },
  "con:stella": { hasKeyword: "$flagged" },
};

/** The JMAP filter of what was typed; `hidden` mailboxes (trash, junk) are searched only when a message is elsewhere too. */
export function searchFilter(text: string, hidden: readonly string[]): Readonly<Record<string, unknown>> {
  const conditions: Record<string, unknown>[] = [];
  const words: string[] = [];
  for (const match of text.matchAll(/(\w+):"([^"]+)"|("[^"]+"|\S+)/g)) {
    const token = match[3] ?? `${match[1]}:${match[2]}`;
    const state = states[token.toLowerCase()];
    const [name = "", ...rest] = token.split(":");
    const field = fields[name.toLowerCase()];
    const value = rest.join(":");
    if (state !== undefined) conditions.push(state);
    else if (field !== undefined && value !== "") conditions.push({ [field]: value });
    else words.push(token);
  }
  if (words.length > 0) conditions.push({ text: words.join(" ") });
  if (hidden.length > 0) conditions.push({ inMailboxOtherThan: hidden });
  return { operator: "AND", conditions };
}
