export interface HeaderField {
  readonly name: string;
  /** As in the message, folds included (RFC 8621 §4.1.2.1). */
  readonly value: string;
}
