/** Whether everything is asked for that `npm test` only asks a part of: `npm run soak -- depth`. */
const isDeep = process.env["DEPTH"] === "all";

/** How often, or of how many: the first in `npm test`, the other in `npm run soak -- depth`, for which the file is named in `deepFiles`. */
export const depth = <T>(usual: T, deep: T): T => (isDeep ? deep : usual);

/** The files of tests whose rounds `depth` tells. */
export const deepFiles = [
  "apps/agent/src/chain/flipped-bits.test.ts",
  "apps/agent/src/state/kept-inodes.test.ts",
  "formats/arena/src/fuzz.test.ts",
  "formats/mime/src/header.test.ts",
  "formats/vbk/src/fuzz.test.ts",
  "formats/vbk/src/strict-check.test.ts",
  "modules/backup/src/faults.test.ts",
  "tests/security/hostile.test.ts",
  "tests/sim/chain-days.test.ts",
];
/** Those that look at every screen by `looks`. */
export const lookingFiles = ["consoles", "links", "restore", "webmail"].map((name) => `tests/e2e/${name}.test.ts`);
