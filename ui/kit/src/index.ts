export { auth, type SecondFactorMethod, type SessionReply, type SignInReply } from "./auth-api.ts";
export { Brand } from "./components/brand.tsx";
export { ClearableSelect, type ClearableSelectProps } from "./components/clearable-select.tsx";
export { ConfirmName, type ConfirmNameProps } from "./components/confirm-name.tsx";
export { CopyField, type CopyFieldProps } from "./components/copy-field.tsx";
export { Dialog, type DialogProps } from "./components/dialog.tsx";
export { ErrorBoundary } from "./components/error-boundary.tsx";
export { Frame, type FrameProps } from "./components/frame.tsx";
export { LanguageSwitch, SchemeSwitch } from "./components/preference-switches.tsx";
export { QrCode } from "./components/qr-code.tsx";
export { ScrollTable, type ScrollTableProps } from "./components/scroll-table.tsx";
export {
  EmptyState,
  type EmptyStateProps,
  ErrorState,
  type ErrorStateProps,
  LoadingState,
  ProblemAlert,
  useProblemSentence,
} from "./components/states.tsx";
export {
  formatBytes,
  formatDateTime,
  formatLong,
  formatMoney,
  formatRelative,
  formatShort,
  localeOf,
  useFormat,
} from "./format.ts";
export { type ApiOptions, ApiProblem, callApi, isUnanswered, onRestricted, onSignedOut, readProblem } from "./http.ts";
export {
  type Catalogue,
  type CatalogueLoaders,
  type MessageValues,
  type Translate,
  useLanguage,
  useTranslate,
} from "./i18n/i18n.ts";
export type { KitKey } from "./i18n/it.ts";
export { useSwitchLanguage } from "./i18n/language-context.ts";
export { WithTexts, type WithTextsProps } from "./i18n/with-texts.tsx";
export { type ColorScheme, type Language, preferredLanguage, preferredScheme } from "./preferences.ts";
export { KitProvider, type KitProviderProps, startApp } from "./provider.tsx";
export { SignInLinks, type SignInLinksProps } from "./sign-in-links/sign-in-links.tsx";
export { cssVariables, themeOf } from "./theme.ts";
