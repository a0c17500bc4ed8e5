/** The client's line is not in the grammar: answered BAD with the message. */
export class SyntaxFailure extends Error {
  override readonly name = "SyntaxFailure";
}
