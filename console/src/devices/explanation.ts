// What `muster.why()` says of a device, and what it comes to in a sentence.

import { dateTime } from "../graph/dates";
import { texts } from "../texts";
import { device } from "../texts/device";

export interface Candidate {
  profileId: string | null;
  displayName: string | null;
  isWinner: boolean;
  reason: string | null;
}

export interface Explanation {
  status: string | null;
  physicalIds: string[];
  candidates: Candidate[];
  hardwareChanges: string[];
  breaches: string[];
  waitsFor: string | null;
  since: string | null;
  until: string | null;
}

/** The whole of it in words. */
export function sentence({ candidates, status, waitsFor, since, until }: Explanation): string {
  const words = device.why;
  const winner = candidates.find(({ isWinner }) => isWinner);
  const profile = winner ? words.winner(winner.displayName ?? winner.profileId ?? "", winner.reason ?? "") : words.nobody;
  const state = status ? words.state(texts.devices.statuses[status] ?? status, since ? dateTime(since) : null) : "";
  const waits = waitsFor ? words.waits(waitsFor, until ? dateTime(until) : null) : "";
  return [profile, state, waits].filter(Boolean).join(" ");
}
