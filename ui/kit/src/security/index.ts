export { MustEnrol, type MustEnrolProps } from "./must-enrol.tsx";
export { type AskedProgram, security } from "./security-api.ts";
export { SecurityPage, type SecurityPageProps } from "./security-page.tsx";
export { useGuarded } from "./use-guarded.tsx";
