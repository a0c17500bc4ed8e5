import type { PolicySettings, PolicySource } from "@casaforte/contract/policies";
import type { RunInput } from "../commands/run-backup.ts";
import { PatternList } from "../select/pattern-list.ts";
import type { Source } from "../sources/source.ts";
import { realPathOf } from "../tree/roots.ts";
import type { ScanRules } from "../tree/scan-filter.ts";

/** What a policy's settings mean for one run: all its sources become one restore point. `maySnapshot`: this machine's owner. */
export function runInputOf(settings: PolicySettings, maySnapshot: boolean): RunInput {
  const sources: Source[] = [];
  for (const source of settings.sources) sources.push(...sourcesOf(source));
  const rules = () =>
    settings.sources.flatMap((source) =>
      source.kind === "directory" ? source.paths.map((path) => rulesOf(source, path)) : [],
    );
  const snapshot = settings.snapshot === "auto" && maySnapshot ? "auto" : "never";
  const compression = settings.compression === "small" ? "zstd" : "lz4";
  return { sources, rules, snapshot, full: false, compression, chain: settings.chain };
}

function sourcesOf(source: PolicySource): Source[] {
  switch (source.kind) {
    case "directory":
      return source.paths.map((path) => ({ kind: "path", path }));
    case "image":
      return [{ kind: "path", path: source.path }];
    case "command":
      return [{ kind: "command", name: source.fileName, argv: ["/bin/sh", "-c", source.command] }];
  }
}

/** Below where the path leads, as what is saved is: a rule that knew the path alone would hold for nothing behind a link. */
function rulesOf(source: Extract<PolicySource, { kind: "directory" }>, path: string): ScanRules {
  const under = realPathOf(path).toString("utf8");
  return {
    under,
    include: new PatternList(source.include, under),
    exclude: new PatternList(source.exclude, under),
    excludeCaches: true,
    oneFileSystem: !source.crossFileSystems,
  };
}

/** Whether a policy makes the device run programs of its maker's choice. */
export function hasCommands({ sources, hooks }: PolicySettings): boolean {
  return hooks.before.length > 0 || hooks.after.length > 0 || sources.some(({ kind }) => kind === "command");
}
