export { SecurityPage, type SecurityPageProps } from "./security-page.tsx";
