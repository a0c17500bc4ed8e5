import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Checks the arrows of docs/ARCHITECTURE.md: layers, siblings, forbidden imports, undeclared packages, cycles. */
interface Rules {
  readonly layers: Record<string, readonly string[]>;
  readonly siblings: Record<string, readonly string[]>;
  readonly forbidden: readonly {
    readonly from: readonly string[];
    readonly import: string;
    readonly because: string;
  }[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const tops = ["foundation", "formats", "protocols", "platform", "modules", "ui", "apps"];

export function sourceFiles(folders: readonly string[] = tops): string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === "node_modules" || entry.name === "dist") continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|tsx)$/.test(entry.name)) found.push(relative(root, path));
    }
  };
  for (const folder of folders) walk(join(root, folder));
  return found.sort();
}

const isTest = (file: string) =>
  /\.(test|test-support)\.tsx?$|-testbed\.ts$|\/testing\/|\/test-[\w-]+\.ts$|\/conformance(\.ts$|\/)|^foundation\/testkit\//.test(
    file,
  );

/** `modules/mailbox`, `apps/server`, `formats/vbk`: the folder that is a boundary. */
const partOf = (file: string) => file.split("/").slice(0, 2).join("/");
const layerOf = (part: string) => (part.startsWith("apps/") ? part : (part.split("/")[0] ?? part));

function specifiers(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g)].map((match) => match[1] ?? "");
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
}
const manifests = new Map<string, { folder: string; manifest: Manifest }>();
for (const folder of [
  ...["foundation", "formats", "protocols", "apps"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => `${top}/${name}`),
  ),
  "platform",
  "modules",
  "ui/kit",
]) {
  try {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
    manifests.set(manifest.name, { folder, manifest });
  } catch {
    // A folder without a manifest is not a package.
  }
}

/** The part that a specifier reaches, or null for the outside world. */
function target(file: string, specifier: string): { part: string; file: string | null } | null {
  if (specifier.startsWith(".")) {
    const path = relative(root, resolve(root, dirname(file), specifier));
    return { part: partOf(path), file: path };
  }
  const [scope, name, ...rest] = specifier.split("/");
  const packageName = scope?.startsWith("@") ? `${scope}/${name}` : (scope ?? "");
  const found = manifests.get(packageName);
  if (!found) return null;
  const sub = scope?.startsWith("@") ? rest : [name, ...rest].filter((piece) => piece !== undefined);
  if (packageName === "@casaforte/platform" || packageName === "@casaforte/modules")
    return { part: `${found.folder}/${sub[0]}`, file: `${found.folder}/${sub[0]}/src/index.ts` };
  const entry =
    sub.length === 0
      ? "src/index.ts"
      : [`src/${sub.join("/")}.ts`, `src/${sub.join("/")}/index.ts`].find((path) =>
          exists(join(root, found.folder, path)),
        );
  return { part: partOf(`${found.folder}/x`), file: entry ? `${found.folder}/${entry}` : null };
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function checkArrows(): string[] {
  const rules = JSON.parse(readFileSync(join(root, "tools/arrows.json"), "utf8")) as Rules;
  const findings: string[] = [];
  const graph = new Map<string, string[]>();
  for (const file of sourceFiles()) {
    const part = partOf(file);
    const layer = layerOf(part);
    const edges: string[] = [];
    for (const specifier of specifiers(readFileSync(join(root, file), "utf8"))) {
      for (const rule of rules.forbidden) {
        if (
          !isTest(file) &&
          rule.from.some((from) => file.startsWith(`${from}/`)) &&
          (specifier === rule.import || specifier.startsWith(`${rule.import}/`))
        )
          findings.push(`${file}: imports ${specifier} (${rule.because})`);
      }
      const reached = target(file, specifier);
      if (!reached) continue;
      if (reached.file && exists(join(root, reached.file))) edges.push(reached.file);
      if (isTest(file) || reached.part === part) continue;
      const reachedLayer = layerOf(reached.part);
      const allowed =
        reachedLayer === layer
          ? (rules.siblings[part] ?? []).includes(reached.part)
          : (rules.layers[layer] ?? []).includes(reachedLayer);
      if (!allowed && !(reached.part === "foundation/kernel" && layer === "foundation"))
        findings.push(`${file}: ${part} may not import ${reached.part}`);
      if (reached.part === "foundation/testkit") findings.push(`${file}: only tests import the testkit`);
      if (specifier.startsWith(".") && reached.part !== part)
        findings.push(`${file}: enters ${reached.part} by path; use its exports`);
    }
    graph.set(file, edges);
  }
  return [...findings, ...cycles(graph)];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, "open" | "done">();
  const findings: string[] = [];
  const path: string[] = [];
  const visit = (file: string) => {
    state.set(file, "open");
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      if (state.get(next) === "open") findings.push(`cycle: ${[...path.slice(path.indexOf(next)), next].join(" → ")}`);
      else if (!state.has(next)) visit(next);
    }
    path.pop();
    state.set(file, "done");
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return findings;
}
