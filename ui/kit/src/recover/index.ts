export { RecoverMessages } from "./recover-messages.tsx";
