/** One harm done to the product on purpose, and the test that must fail then. `find` stands once in `file`. */
export interface Sabotage {
  readonly rows: readonly number[];
  readonly what: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** `name` is how the test's own title begins. */
  readonly test: { readonly file: string; readonly name: string };
}
