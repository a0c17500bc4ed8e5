export { type Announcement, announce } from "./announce-event.ts";
export { parseEndpointUrl } from "./endpoint-url.ts";
export { eventOfAction, topicOf } from "./event-types.ts";
export { registerWebhookRoutes, type WebhookHttpServices } from "./http.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { webhooksLimits } from "./limits.ts";
export {
  changeEndpoint,
  createEndpoint,
  type EndpointInput,
  pauseEndpoint,
  removeEndpoint,
  renewSecret,
  resendDelivery,
  resumeEndpoint,
  tryEndpoint,
} from "./manage-endpoint.ts";
export { migrations } from "./migrations.ts";
export type { PostWebhook, WebhookAnswer, WebhookMail, WebhookPost, WebhookServices } from "./services.ts";
export type * from "./types.ts";
