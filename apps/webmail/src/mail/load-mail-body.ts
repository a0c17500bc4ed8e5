/** What shows a message brings its own cleaner of HTML: the list is there before it. */
export const loadMailBody = async () => ({ default: (await import("./MailBody.tsx")).MailBody });
