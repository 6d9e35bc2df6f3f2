// Dates and times as people read them, in their own time zone.

import { texts } from "../texts";

const NEVER = "0001-01-01";
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** A date-time of Graph; the year 1 stands for never. */
export function dateTime(text: string | null | undefined): string {
  if (!text || text.startsWith(NEVER)) return texts.never;
  return format.format(new Date(text));
}
