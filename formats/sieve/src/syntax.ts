import { Failure } from "@casaforte/kernel";

/** RFC 5228 §8.2: an argument as written. */
export type Argument =
  | { readonly kind: "tag"; readonly name: string; readonly line: number }
  | { readonly kind: "number"; readonly value: number; readonly line: number }
  /** One string is a list of one (RFC 5228 §2.4.2.1). */
  | { readonly kind: "strings"; readonly values: readonly string[]; readonly isList: boolean; readonly line: number };

/** A command or a test as written: names in lower case, nothing checked but the grammar. */
export interface SyntaxNode {
  readonly name: string;
  readonly line: number;
  readonly arguments: readonly Argument[];
  readonly tests: readonly SyntaxNode[];
  /** `(a, b)` rather than `a`. */
  readonly isTestList: boolean;
  /** Null: the command ends with a semicolon, or it is a test. */
  readonly block: readonly SyntaxNode[] | null;
}

/** A script that cannot run, told with its line, counted from 1. */
export const scriptFailure = (line: number, message: string): Failure =>
  new Failure("invalid", "sieve.script", `line ${line}: ${message}`, { details: { line } });
