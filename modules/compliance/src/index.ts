export { assertLegal, isHeld, liftHold, type OperatorActor, placeHold } from "./holds.ts";
export type { Hold, HoldId, LegalRequest, LegalRequestId, LegalScope } from "./legal-request.ts";
export { migrations } from "./migrations.ts";
