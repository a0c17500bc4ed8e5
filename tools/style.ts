import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sourceFiles } from "./arrows.ts";

/** The rules of docs/STYLE.md that no linter knows: names of files, their length, and where the outside world may be touched. */
const root = fileURLToPath(new URL("..", import.meta.url));
const linesMax = 400;
const bannedNames = /(^|[/-])(utils?|helpers?|common|manager|misc)(\.|-|\/)/;
const isTest = (file: string) => /\.(test|test-support)\.tsx?$|conformance|^foundation\/testkit\//.test(file);
const outside = /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|globalThis\.fetch|process\.env)/;
const mayTouchOutside = /^(platform|apps|ui)\//;

export function checkStyle(): string[] {
  const findings: string[] = [];
  for (const file of sourceFiles()) {
    const text = readFileSync(join(root, file), "utf8");
    const lines = text.split("\n");
    if (bannedNames.test(file)) findings.push(`${file}: name the idea, not the drawer`);
    if (
      lines.length > linesMax &&
      !isTest(file) &&
      !/\/(it|en|messages-it|messages-en|.*-list|.*-table)\.ts$/.test(file)
    )
      findings.push(`${file}: ${lines.length} lines; split by idea (limit ${linesMax})`);
    if (!mayTouchOutside.test(file) && !isTest(file)) {
      lines.forEach((line, index) => {
        if (outside.test(line) && !/^\s*(\*|\/\/)/.test(line))
          findings.push(
            `${file}:${index + 1}: time, chance and the outside are parameters here: ${line.trim().slice(0, 80)}`,
          );
      });
    }
    if (/rejectUnauthorized:\s*false/.test(text) && !isTest(file) && !/dane|outbound|opportunistic/.test(file))
      findings.push(`${file}: certificates are verified`);
    if (/\b(TODO|FIXME|XXX)\b/.test(text)) findings.push(`${file}: unfinished work is not landed`);
    if (/\.unsafe\(/.test(text) && !/^platform\/db\//.test(file) && !isTest(file))
      findings.push(`${file}: SQL is written as tagged templates`);
    if (/from "node:child_process"/.test(text) && /(?<![.\w])exec(Sync)?\(/.test(text))
      findings.push(`${file}: no shell; execFile or spawn with a list of arguments`);
  }
  return findings;
}
