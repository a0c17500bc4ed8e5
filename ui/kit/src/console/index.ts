export { WithTexts, type WithTextsProps } from "../i18n/with-texts.tsx";
export * from "./account-menu.tsx";
export * from "./call-checked.ts";
export * from "./confirm-action.tsx";
export * from "./console-gate.tsx";
export * from "./loaded.tsx";
export * from "./query-client.ts";
export { type SessionState, useSession } from "./session.ts";
export * from "./tag.tsx";
