export { LanguageField, NameField } from "./account-fields.tsx";
export { LinkFrame, type LinkFrameProps, LinkTexts } from "./link-frame.tsx";
export { NewPassword, type NewPasswordProps } from "./new-password.tsx";
