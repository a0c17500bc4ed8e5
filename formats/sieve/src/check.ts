import { isSieveCapability, type SieveCapability } from "./capabilities.ts";
import { parseSyntax } from "./parse.ts";
import { type Argument, type SyntaxNode, scriptFailure } from "./syntax.ts";
import { commandSpecs, testSpecs, type WordSpec } from "./vocabulary.ts";

/** A command or test whose words, tags and arguments are known and of the right kinds. */
export interface Call {
  readonly name: string;
  readonly line: number;
  /** By tag name; true for a tag without a value. */
  readonly tags: ReadonlyMap<string, Argument | true>;
  readonly positional: readonly Argument[];
  readonly tests: readonly Call[];
  readonly block: readonly Call[];
}

/** A script that can run. */
export interface SieveProgram {
  readonly capabilities: ReadonlySet<SieveCapability>;
  readonly commands: readonly Call[];
}

/** RFC 3028's names of what RFC 5232 calls imap4flags are gone; these are as good as given. */
const alwaysThere: ReadonlySet<string> = new Set(["comparator-i;octet", "comparator-i;ascii-casemap"]);

/**
 * Reads a whole script and proves that it can run: grammar, extensions, words, tags, kinds of arguments.
 * @throws too_large `sieve.too_large`, invalid `sieve.script` with `details.line`.
 */
export function parseSieve(script: string): SieveProgram {
  const nodes = parseSyntax(script);
  const capabilities = new Set<SieveCapability>();
  let at = 0;
  for (let node = nodes[at]; node?.name === "require"; node = nodes[++at]) {
    const [list] = checkNode(node, commandSpecs, capabilities).positional;
    for (const name of list?.kind === "strings" ? list.values : []) {
      if (!isSieveCapability(name))
        throw scriptFailure(node.line, `the extension ${JSON.stringify(name)} is not known`);
      capabilities.add(name);
      if (name === "spamtestplus") capabilities.add("spamtest");
    }
  }
  return { capabilities, commands: checkBlock(nodes.slice(at), capabilities) };
}

function checkBlock(nodes: readonly SyntaxNode[], capabilities: ReadonlySet<SieveCapability>): readonly Call[] {
  let before = "";
  return nodes.map((node) => {
    if (node.name === "require") throw scriptFailure(node.line, "require stands before all other commands");
    if ((node.name === "elsif" || node.name === "else") && before !== "if" && before !== "elsif")
      throw scriptFailure(node.line, `${node.name} follows an if`);
    before = node.name;
    return checkNode(node, commandSpecs, capabilities);
  });
}

function checkNode(
  node: SyntaxNode,
  words: Readonly<Record<string, WordSpec>>,
  capabilities: ReadonlySet<SieveCapability>,
): Call {
  const { name, line } = node;
  const spec = Object.hasOwn(words, name) ? words[name] : undefined;
  if (!spec) throw scriptFailure(line, `${name} is not known`);
  for (const needed of spec.requires ?? []) needs(needed, capabilities, name, line);
  const { tags, positional } = checkArguments(node, spec, capabilities);
  const wantedTests = spec.tests === "one" ? 1 : 0;
  if (spec.tests === "many" ? node.tests.length === 0 : node.tests.length !== wantedTests)
    throw scriptFailure(line, `${name} takes ${spec.tests === undefined ? "no test" : `${spec.tests} test`}`);
  if (spec.block && !node.block) throw scriptFailure(line, `${name} needs a block`);
  if (!spec.block && node.block) throw scriptFailure(line, `${name} takes no block`);
  return {
    name,
    line,
    tags,
    positional,
    tests: node.tests.map((test) => checkNode(test, testSpecs, capabilities)),
    block: checkBlock(node.block ?? [], capabilities),
  };
}

function needs(
  capability: SieveCapability,
  capabilities: ReadonlySet<SieveCapability>,
  word: string,
  line: number,
): void {
  if (capabilities.has(capability)) return;
  // RFC 5435 aside, only reject and ereject share a word's meaning; each is asked for by its own name.
  throw scriptFailure(line, `${word} needs require ${JSON.stringify(capability)}`);
}

function checkArguments(
  node: SyntaxNode,
  spec: WordSpec,
  capabilities: ReadonlySet<SieveCapability>,
): Pick<Call, "tags" | "positional"> {
  const tags = new Map<string, Argument | true>();
  const groups = new Set<string>();
  const positional: Argument[] = [];
  const { name, line } = node;
  for (let at = 0; at < node.arguments.length; at++) {
    const argument = node.arguments[at];
    if (argument === undefined) break;
    if (argument.kind !== "tag") {
      positional.push(argument);
      continue;
    }
    const tag = spec.tags && Object.hasOwn(spec.tags, argument.name) ? spec.tags[argument.name] : undefined;
    if (!tag || positional.length > 0) throw scriptFailure(argument.line, `${name} takes no :${argument.name} here`);
    if (tag.requires) needs(tag.requires, capabilities, `:${argument.name}`, argument.line);
    if (groups.has(tag.group)) throw scriptFailure(argument.line, `:${argument.name} does not go with another tag`);
    groups.add(tag.group);
    if (!tag.value) tags.set(argument.name, true);
    else tags.set(argument.name, ofKind(node.arguments[++at], tag.value, `:${argument.name}`, argument.line));
  }
  const kinds =
    positional.length < spec.positional.length
      ? spec.positional.slice(Math.min(spec.optional ?? 0, spec.positional.length - positional.length))
      : spec.positional;
  if (positional.length !== kinds.length)
    throw scriptFailure(
      line,
      `${name} takes ${spec.positional.length || "no"} argument${spec.positional.length === 1 ? "" : "s"}`,
    );
  for (const [at, kind] of kinds.entries()) ofKind(positional[at], kind, name, line);
  if (tags.has("last") && !tags.has("index")) throw scriptFailure(line, ":last goes with :index");
  if (name === "size" && tags.size === 0) throw scriptFailure(line, "size takes :over or :under");
  checkComparison(tags, capabilities, line);
  return { tags, positional };
}

function ofKind(argument: Argument | undefined, kind: string, of: string, line: number): Argument {
  const fits =
    kind === "number"
      ? argument?.kind === "number"
      : argument?.kind === "strings" && (kind === "strings" || !argument.isList || argument.values.length === 1);
  if (!argument || !fits)
    throw scriptFailure(argument?.line ?? line, `${of} takes a ${kind === "strings" ? "list of strings" : kind}`);
  return argument;
}

const comparators: ReadonlySet<string> = new Set([
  "i;octet",
  "i;ascii-casemap",
  "i;ascii-numeric",
  "i;unicode-casemap",
]);
const relations: ReadonlySet<string> = new Set(["gt", "ge", "lt", "le", "eq", "ne"]);

function checkComparison(
  tags: ReadonlyMap<string, Argument | true>,
  capabilities: ReadonlySet<SieveCapability>,
  line: number,
): void {
  const comparator = firstString(tags.get("comparator"));
  if (comparator !== null) {
    if (!comparators.has(comparator))
      throw scriptFailure(line, `the comparator ${JSON.stringify(comparator)} is not known`);
    const capability = `comparator-${comparator}`;
    if (!alwaysThere.has(capability) && isSieveCapability(capability))
      needs(capability, capabilities, comparator, line);
    if (comparator === "i;ascii-numeric" && (tags.has("contains") || tags.has("matches")))
      throw scriptFailure(line, "numbers are not compared by :contains or :matches");
  }
  const relation = firstString(tags.get("count")) ?? firstString(tags.get("value"));
  if (relation !== null && !relations.has(relation.toLowerCase()))
    throw scriptFailure(line, `the relation ${JSON.stringify(relation)} is not known`);
}

/** The only or first string of an argument; null when it is none. */
export const firstString = (argument: Argument | true | undefined): string | null =>
  argument !== undefined && argument !== true && argument.kind === "strings" ? (argument.values[0] ?? null) : null;
