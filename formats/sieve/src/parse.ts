import { Failure } from "@casaforte/kernel";
import { sieveLimits } from "./limits.ts";
import { type Argument, type SyntaxNode, scriptFailure } from "./syntax.ts";
import { type Token, tokensOf } from "./tokens.ts";

/**
 * The commands of a script by its grammar alone (RFC 5228 §8.2).
 * @throws too_large `sieve.too_large`, invalid `sieve.script` with the line in `details.line`.
 */
export function parseSyntax(script: string): readonly SyntaxNode[] {
  if (new TextEncoder().encode(script).length > sieveLimits.scriptBytesMax)
    throw new Failure("too_large", "sieve.too_large", "the script is too long", {
      details: { bytesMax: sieveLimits.scriptBytesMax },
    });
  if (script.includes("\0")) throw scriptFailure(1, "a script has no NUL");
  const parser = new Parser(tokensOf(script));
  const commands = parser.commands(0);
  parser.expectEnd();
  return commands;
}

class Parser {
  readonly #tokens: Generator<Token>;
  #token: Token;
  #nodes = 0;

  constructor(tokens: Generator<Token>) {
    this.#tokens = tokens;
    this.#token = { kind: "end", text: "", line: 1 };
    this.#next();
  }

  #next(): void {
    const { value, done } = this.#tokens.next();
    if (!done) this.#token = value;
  }

  #is(punctuation: string): boolean {
    return this.#token.kind === "punctuation" && this.#token.text === punctuation;
  }

  #expect(punctuation: string): void {
    if (!this.#is(punctuation)) throw scriptFailure(this.#token.line, `${punctuation} is missing`);
    this.#next();
  }

  expectEnd(): void {
    if (this.#token.kind !== "end") throw scriptFailure(this.#token.line, "a command is expected here");
  }

  commands(depth: number): readonly SyntaxNode[] {
    const commands: SyntaxNode[] = [];
    while (this.#token.kind === "identifier") commands.push(this.#node(depth, true));
    return commands;
  }

  #node(depth: number, isCommand: boolean): SyntaxNode {
    const { line } = this.#token;
    if (this.#token.kind !== "identifier") throw scriptFailure(line, "a test is expected here");
    const name = this.#token.text;
    if (++this.#nodes > sieveLimits.nodesMax) throw scriptFailure(line, "the script has too many commands");
    if (depth > sieveLimits.nestingMax) throw scriptFailure(line, "blocks and tests are nested too deep");
    this.#next();
    const args = this.#arguments();
    const isTestList = this.#is("(");
    const tests = this.#tests(depth + 1);
    if (!isCommand) return { name, line, arguments: args, tests, isTestList, block: null };
    if (!this.#is("{")) {
      if (!this.#is(";")) throw scriptFailure(this.#token.line, `; is missing after ${name}`);
      this.#next();
      return { name, line, arguments: args, tests, isTestList, block: null };
    }
    this.#next();
    const block = this.commands(depth + 1);
    this.#expect("}");
    return { name, line, arguments: args, tests, isTestList, block };
  }

  #arguments(): readonly Argument[] {
    const args: Argument[] = [];
    for (;;) {
      const token = this.#token;
      const { line } = token;
      if (args.length > 64) throw scriptFailure(line, "there are too many arguments");
      if (token.kind === "tag") args.push({ kind: "tag", name: token.text, line });
      else if (token.kind === "number") args.push({ kind: "number", value: token.value, line });
      else if (token.kind === "string") args.push({ kind: "strings", values: [token.text], isList: false, line });
      else if (this.#is("[")) {
        args.push({ kind: "strings", values: this.#list(), isList: true, line });
        continue;
      } else return args;
      this.#next();
    }
  }

  #list(): readonly string[] {
    const values: string[] = [];
    do {
      this.#next();
      if (this.#token.kind !== "string") throw scriptFailure(this.#token.line, "a string is expected here");
      if (values.push(this.#token.text) > sieveLimits.listMax)
        throw scriptFailure(this.#token.line, "the list is too long");
      this.#next();
    } while (this.#is(","));
    this.#expect("]");
    return values;
  }

  #tests(depth: number): readonly SyntaxNode[] {
    if (this.#token.kind === "identifier") return [this.#node(depth, false)];
    if (!this.#is("(")) return [];
    const tests: SyntaxNode[] = [];
    do {
      this.#next();
      tests.push(this.#node(depth, false));
    } while (this.#is(","));
    this.#expect(")");
    return tests;
  }
}
