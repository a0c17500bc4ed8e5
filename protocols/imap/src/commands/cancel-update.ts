// RFC 5267 §4.3.5 CANCELUPDATE
import type { Handler } from "../command.ts";

/** The results of the commands with these tags are followed no longer; none is let go of where one is not followed. */
export const cancelUpdate: Handler = (session, { cursor, name }) => {
  const { contexts } = session.selected;
  const tags: string[] = [];
  do {
    cursor.space();
    tags.push(cursor.string("a tag"));
  } while (!cursor.atEnd);
  cursor.end();
  if (!tags.every((tag) => contexts.has(tag))) return "NO No result is followed under such a tag";
  for (const tag of tags) contexts.letGo(tag);
  return `OK ${name} completed`;
};
