// How long ago a password was set, in days.

import { passwords as words } from "../texts/passwords";

const DAY_MILLISECONDS = 86_400_000;

export function ageOf(dateTime: string): string {
  return words.age(Math.max(Math.floor((Date.now() - Date.parse(dateTime)) / DAY_MILLISECONDS), 0));
}
