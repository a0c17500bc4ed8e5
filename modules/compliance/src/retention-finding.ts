/** What the last look at the retention schedule found of one class (R104). */
export interface RetentionFinding {
  readonly class: string;
  readonly checkedAt: Date;
  readonly overdue: bigint;
  readonly held: number;
}
