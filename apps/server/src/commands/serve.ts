import { Failure } from "@casaforte/kernel";
import { loadConfig, productionFindings } from "@casaforte/platform/config";

/**
 * Runs the configured roles until asked to stop. Returns the exit code. @throws precondition `config.unfit` and whatever
 * keeps the program from starting, each a plain sentence.
 */
export async function serve(file: string): Promise<number> {
  const config = await loadConfig(file, process.env);
  const findings = await productionFindings(config);
  if (findings.length > 0)
    throw new Failure(
      "precondition",
      "config.unfit",
      `this configuration is not fit for production:\n${findings.map((finding) => `  ${finding}`).join("\n")}`,
    );
  // The rest of the product, once the configuration is known to be fit.
  const { runConfigured } = await import("./run-configured.ts");
  return runConfigured(config);
}
