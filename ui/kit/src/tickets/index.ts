export { OperatorTicketPage, type OperatorTicketPageProps } from "./operator-ticket-page.tsx";
export { QueuePage, type QueuePageProps } from "./queue-page.tsx";
export { TicketPage, type TicketPageProps } from "./ticket-page.tsx";
export { TicketsPage, type TicketsPageProps } from "./tickets-page.tsx";
