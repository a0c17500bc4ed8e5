import { Failure } from "@casaforte/kernel";

/** What the shell is told. Documented in README.md and in `--help`; numbers never change. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  wrongPassword: 4,
  notEnrolled: 5,
  unreachable: 6,
  overQuota: 7,
  alreadyRunning: 8,
  diskFull: 9,
  updated: 10,
  interrupted: 130,
} as const;

/** Those after which no service manager starts the daemon again (`service-definition.ts`). */
export const finalExitCodes: readonly number[] = [exitCodes.usage, exitCodes.notEnrolled];

/** One place from an error to an exit code. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Failure)) return exitCodes.failed;
  switch (error.code) {
    case "seal.wrong_password":
      return exitCodes.wrongPassword;
    case "agent.not_enrolled":
    case "vault.token_invalid":
      return exitCodes.notEnrolled;
    case "vault.unreachable":
      return exitCodes.unreachable;
    case "vault.over_quota":
    case "vault.metadata_full":
    case "vault.store_full":
      return exitCodes.overQuota;
    case "agent.running":
      return exitCodes.alreadyRunning;
    case "agent.disk_full":
    case "agent.state_full":
      return exitCodes.diskFull;
    case "agent.updated":
      return exitCodes.updated;
    case "agent.usage":
    case "agent.weak_password":
      return exitCodes.usage;
    case "agent.interrupted":
      return exitCodes.interrupted;
    default:
      return error.kind === "cancelled" ? exitCodes.interrupted : exitCodes.failed;
  }
}
