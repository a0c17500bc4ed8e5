import type { texts as it } from "./texts-it.ts";

export const texts = {
  "grants.title": "Access to the customer’s console",
  "grants.hint": "Only with the customer’s consent, for as long as they allow. All you look at and do is in their log.",
  "grants.ask": "Ask for access",
  "grants.reason": "Why you must enter",
  "grants.reasonHint": "The customer reads these words",
  "grants.what": "What you need",
  "grants.scope.read": "Look only",
  "grants.scope.act": "Look and change",
  "grants.hours": "For how many hours",
  "grants.send": "Send the request",
  "grants.by": "{name}, {when}",
  "grants.state.asked": "waiting for the customer",
  "grants.state.granted": "allowed until {until}",
  "grants.state.refused": "refused",
  "grants.state.lapsed": "not answered",
  "grants.state.ended": "ended",
  "grants.enter": "Enter",
  "grants.open": "Open the customer’s console",
  "grants.openHint": "The link is good for a minute, once.",
  "grants.return": "End the access",
} as const satisfies Record<keyof typeof it, string>;
