/** The beginning of the program; its threads have one of their own, threads.ts. */
void import("./main.ts").then(({ runMain }) => runMain());
