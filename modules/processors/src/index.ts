export {
  type Announcement,
  announceChange,
  earliestDay,
  type NewSubprocessor,
  seedSubprocessors,
} from "./announce.ts";
export {
  type DeskProcessorHttpServices,
  type ProcessorHttpServices,
  registerDeskProcessorRoutes,
  registerProcessorRoutes,
  standingOf,
} from "./http.ts";
export { jobHandlers } from "./jobs.ts";
export { processorLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { answerToObjection, giveInstruction, noteInstructionDone, objectToChange } from "./object.ts";
export type { ProcessorMail, ProcessorServices } from "./services.ts";
export { selectSubprocessors as listSubprocessors } from "./store.ts";
export type * from "./types.ts";
