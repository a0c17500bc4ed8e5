import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import type { Command } from "commander";
import { type PathAlias, PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";

export interface SelectOptions {
  readonly path?: string[];
  readonly include?: string[];
  readonly exclude?: string[];
  readonly excludeFrom?: string[];
}

/** Options that choose a part of a point. */
export function selecting(command: Command): Command {
  return command
    .option("--path <path>", "only this, as it was on the machine; may be given again", repeated)
    .option("--include <pattern>", "only what fits: *.docx, /etc/**/*.conf; may be given again", repeated)
    .option("--exclude <pattern>", "leave out what fits, in the manner of .gitignore; may be given again", repeated)
    .option("--exclude-from <file>", "file with such patterns, one a line; may be given again", repeated);
}

/** For an option that may be given several times; one that takes several values at once would swallow the arguments. */
export const repeated = (value: string, before: string[] = []): string[] => [...before, value];

export interface Selected {
  readonly selection: Selection;
  readonly isLimited: boolean;
  /** One text for what was asked for, another for anything else. */
  readonly asked: string;
}

/** @throws invalid `agent.usage`. */
export function selectionOf(options: SelectOptions): Selected {
  const include = patternsOf(options.include ?? []);
  const excluded = [...(options.exclude ?? []), ...linesOf(options.excludeFrom ?? [])];
  const exclude = patternsOf(excluded);
  const paths = (options.path ?? []).map((path) => {
    if (!path.startsWith("/")) throw usage(`${path}: paths begin with /, as they were on the machine`);
    return Buffer.from(path);
  });
  const asked = JSON.stringify([(options.path ?? []).toSorted(), options.include ?? [], excluded]);
  return {
    selection: new Selection({ paths, include, exclude }),
    isLimited: paths.length > 0 || !include.isEmpty,
    asked: hash("sha256", asked),
  };
}

/** Patterns as they were written. @throws invalid `agent.usage`. */
export function patternsOf(lines: readonly string[], aliases: readonly PathAlias[] = []): PatternList {
  try {
    return new PatternList(lines, "/", aliases);
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

/** Lines of pattern files, in order. @throws invalid `agent.usage`. */
export function linesOf(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    try {
      return readFileSync(file, "utf8").split(/\r?\n/);
    } catch (error) {
      throw usage(`${file} cannot be read: ${error instanceof Error ? error.message : ""}`);
    }
  });
}

const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);
