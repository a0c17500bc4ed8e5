/** Folders directly in a dependency that its own developers use. Not deeper: `yaml/dist/doc` is code. */
const ofDevelopers =
  /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+\/(\.[^/]+|tests?|spec|__tests__|docs?|examples?|bench|benchmarks?|integration|include|share|scripts)$/;
const readByNobody =
  /(^|\/)node_modules\/(.*\/)?(\.[^/]+|index\.html|[^/]*\.(md|markdown|map|flow|[cm]?tsbuildinfo)|[^/]*\.d\.[cm]?ts)$/;
const licence = /(^|\/)(licen[cs]e|copying|notice)[^/]*$/i;
const ofOtherSystems = /\/(musl_[a-z0-9]+|postgresql\/pgxs)$|(^|\/)node_modules\/@types$/;

/** Whether a file or folder, by its path below the program's folder, is read by a running installation or by a lawyer. */
export const isNeededAtRunTime = (path: string): boolean =>
  licence.test(path) || !(ofDevelopers.test(path) || readByNobody.test(path) || ofOtherSystems.test(path));
