/** RFC 8621 §4.1.2.3. */
export interface Address {
  readonly name: string | null;
  readonly email: string;
}
