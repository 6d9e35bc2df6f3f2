// A change that somebody asks for on a page: under way, refused, or done, after which the pages read again what they show.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

export interface Act {
  /** Does it; answers whether it was done. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  error: Error | null;
  isBusy: boolean;
}

const SHOWN = ["resource", "rows", "count"];

/** Has the pages read again what they show. */
export function readAgain(queries: QueryClient): void {
  for (const key of SHOWN) void queries.invalidateQueries({ queryKey: [key] });
}

export function useAct(): Act {
  const queries = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const run = async (work: () => Promise<unknown>) => {
    setError(null);
    setIsBusy(true);
    try {
      await work();
      readAgain(queries);
      return true;
    } catch (failure) {
      setError(failure as Error);
      return false;
    } finally {
      setIsBusy(false);
    }
  };
  return { run, error, isBusy };
}
