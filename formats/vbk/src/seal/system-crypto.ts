/** The primitives where no others are given: Node's; `web-crypto.ts` stands in a browser build. */
export { nodeCrypto as systemCrypto } from "./node-crypto.ts";
