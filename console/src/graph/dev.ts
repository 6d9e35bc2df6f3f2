// Whether the server runs in dev mode, and its clock, which is there in that mode only.

import { useQuery } from "@tanstack/react-query";

import { graph, GraphError } from "./client";

export interface Clock {
  now: string;
  /** When something comes due next, of whichever tenant; null if nothing will. */
  next: string | null;
}

/** The clock of the server; null outside of dev mode. */
export function useClock() {
  return useQuery({
    queryKey: ["clock"],
    queryFn: async ({ signal }) => {
      try {
        return await graph<Clock>("/_/clock", { signal });
      } catch (error) {
        if (error instanceof GraphError && (error.status === 404 || error.status === 403)) return null;
        throw error;
      }
    },
  });
}

/** Turns the clock by a duration of ISO 8601; the answer comes when all that came due is done. */
export async function turn(duration: string): Promise<Clock> {
  return graph<Clock>("/_/clock", { method: "POST", body: { advance: duration } });
}
