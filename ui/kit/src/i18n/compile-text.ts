import type { CompiledMessage } from "@lingui/message-utils/compileMessage";

type Token = Exclude<CompiledMessage, string>[number];

/**
 * A text in the ICU message format as lingui runs it. It knows what our texts use: `{name}`, `{count, number}`, `plural` and
 * `select`; an apostrophe is an apostrophe. The format's own parser weighs more than all else that shows a text
 * (`tests/languages/parity.test.ts` compares both over every text). A text that is wrong is shown as it stands.
 */
export function compileText(text: string): CompiledMessage {
  let at = 0;
  const skipSpace = (): void => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const take = (wanted: string): void => {
    skipSpace();
    if (text[at++] !== wanted) throw new Error(`${wanted} is missing`);
  };
  const takeWord = (): string => {
    skipSpace();
    const word = /^[^\s,{}]+/.exec(text.slice(at))?.[0];
    if (word === undefined) throw new Error("a word is missing");
    at += word.length;
    skipSpace();
    return word;
  };
  const takeMessage = (isCounted: boolean): Token[] => {
    const tokens: Token[] = [];
    for (let from = at; ; from = at) {
      while (at < text.length && !/[{}]/.test(text[at] ?? "") && !(isCounted && text[at] === "#")) at++;
      if (at > from) tokens.push(text.slice(from, at));
      if (at === text.length || text[at] === "}") return tokens;
      tokens.push(text[at++] === "#" ? "#" : takeArgument(isCounted));
    }
  };
  const takeArgument = (isCounted: boolean): Token => {
    const name = takeWord();
    if (text[at] === "}") {
      at++;
      return [name];
    }
    take(",");
    const kind = takeWord();
    if (text[at] === "}") {
      at++;
      return [name, kind];
    }
    take(",");
    const branches: Record<string, CompiledMessage> = {};
    for (skipSpace(); text[at] !== "}"; skipSpace()) {
      const key = takeWord().replace(/^=/, "");
      take("{");
      branches[key] = takeMessage(isCounted || kind === "plural");
      take("}");
    }
    at++;
    return [name, kind, branches];
  };
  try {
    const tokens = takeMessage(false);
    return at === text.length ? tokens : [text];
  } catch {
    return [text];
  }
}
