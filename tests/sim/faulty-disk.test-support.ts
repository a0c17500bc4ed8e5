import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { Faults } from "../../modules/backup/src/faulty-ports.test-support.ts";

type Call = (...args: readonly unknown[]) => unknown;

const calls = ["openSync", "renameSync", "mkdirSync", "rmSync", "readFileSync"];
const writes = ["writeFileSync", "appendFileSync"];

/**
 * Lets calls of `node:fs` on paths under a directory fail, in this thread and until it is disposed: before anything was
 * done, and writes also after half of their bytes, as a full or broken disk does.
 */
export function faultyDisk(directory: string, plan: Faults): Disposable {
  const functions = fs as unknown as Record<string, Call>;
  const kept = { ...functions };
  const isInside = (path: unknown) => typeof path === "string" && path.startsWith(directory);
  for (const name of calls)
    functions[name] = (...args) => {
      if (isInside(args[0])) plan.pass(name);
      return kept[name]?.(...args);
    };
  for (const name of writes)
    functions[name] = (path, data, options) => {
      if (!isInside(path)) return kept[name]?.(path, data, options);
      plan.pass(name);
      const bytes = Buffer.from(data as string);
      try {
        plan.pass(`${name}, torn`);
      } catch (error) {
        kept[name]?.(path, bytes.subarray(0, bytes.length >> 1), options);
        throw error;
      }
      return kept[name]?.(path, bytes, options);
    };
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      for (const name of [...calls, ...writes]) if (kept[name]) functions[name] = kept[name];
      syncBuiltinESMExports();
    },
  };
}
