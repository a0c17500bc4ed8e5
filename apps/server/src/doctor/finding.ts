/** One thing that is not as it must be. */
export interface DoctorFinding {
  /** What it concerns: `tenant 0198…, mailbox.uid_below_uidnext`. */
  readonly where: string;
  readonly what: string;
  /** What a person does about it. */
  readonly todo: string;
}
