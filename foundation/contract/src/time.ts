import { z } from "zod";

/** PostgreSQL has no year 0, and JavaScript reads the first hundred as of our time: no such year is meant by anybody. */
const isOfOurTime = (text: string) => !text.startsWith("0");

/** An instant as RFC 3339 writes it, in UTC, of the year 1000 or later. */
export const instantSchema = z.iso.datetime().refine(isOfOurTime, "a year from 1000 on");

/** A day, `2026-12-31`, of the year 1000 or later. */
export const daySchema = z.iso.date().refine(isOfOurTime, "a year from 1000 on");
