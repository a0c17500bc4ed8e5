// RFC 4978 COMPRESS=DEFLATE
import type { Handler } from "../command.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";

/**
 * Begins compression both ways. The tagged OK is the last that goes out plain, so this handler prints it itself. The
 * client waits for it (RFC 4978 §3): what it sent meanwhile cannot be told apart and is thrown away.
 */
export const compress: Handler = (session, { cursor, tag }) => {
  cursor.space();
  if (cursor.word("a mechanism") !== "DEFLATE") throw new SyntaxFailure("Only DEFLATE is offered");
  cursor.end();
  if (session.isCompressed) return "NO [COMPRESSIONACTIVE] DEFLATE is active already";
  if (session.input.isReading) return "BAD Wait for the answers before COMPRESS";
  session.out.line(`${tag} OK DEFLATE active`);
  session.out.flush();
  session.compress();
  return "";
};
