/** Words of the product that stand once in `file`, and what a harm puts in their place. */
export interface HarmedPlace {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One harm done to the product on purpose, and the test that must fail then. */
export interface Sabotage extends HarmedPlace {
  readonly rows: readonly number[];
  readonly what: string;
  /** The second guard of a promise that is kept twice: with either alone it still holds. */
  readonly also?: HarmedPlace;
  /** `name` is how the test's own title begins. */
  readonly test: { readonly file: string; readonly name: string };
}

/** Every place that the harm is done to. */
export const placesOf = (sabotage: Sabotage): readonly HarmedPlace[] =>
  sabotage.also ? [sabotage, sabotage.also] : [sabotage];
