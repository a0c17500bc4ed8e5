// RFC 4954 AUTH, RFC 7628 OAUTHBEARER
import { parseBearerResponse } from "@casaforte/kernel";
import sasl, { type SASLMechanism } from "smtp-server/lib/sasl.js";

/** Stands for no name where smtp-server wants one. */
export const nobody = "?";

/**
 * smtp-server knows XOAUTH2, which says the same in other words; it looks up a mechanism by name in a table that it exports.
 * What a client says is read here and handed on in those words.
 */
export function offerOauthbearer(): void {
  Object.assign(sasl, { SASL_OAUTHBEARER: authenticate });
}

const authenticate: SASLMechanism = function (args, callback) {
  const [initial] = args;
  if (args.length > 1) {
    this.send(501, "5.5.4 AUTH OAUTHBEARER takes one response");
    return callback();
  }
  if (initial !== undefined) return take.call(this, [initial], callback);
  this._nextHandler = (line: Buffer | string, next: () => void) => take.call(this, [line.toString().trim()], next);
  this.send(334);
  return callback();
};

const take: SASLMechanism = function ([response = ""], callback) {
  const login = parseBearerResponse("OAUTHBEARER", response);
  if (response === "*" || login === null) {
    this.send(501, response === "*" ? "5.0.0 Authentication aborted" : "5.5.2 This is no OAUTHBEARER response");
    return callback();
  }
  const { user, token } = login;
  // It refuses an empty token before anybody is asked; "-" is none of ours.
  const words = `user=${user === "" ? nobody : user}\x01auth=Bearer ${token === "" ? "-" : token}\x01\x01`;
  sasl.XOAUTH2_token.call(this, false, Buffer.from(words).toString("base64"), callback);
};
