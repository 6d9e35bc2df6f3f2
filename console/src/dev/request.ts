// The last requests of the server, as `/_/requests` tells them, the newest first; what is new is asked for every other second.

import { useEffect, useState } from "react";

import { graph } from "../graph/client";

const LOOK_MILLISECONDS = 2_000;
/** So many the server keeps, and so many are kept here. */
const KEPT_MAX = 500;

export interface RecentRequest {
  number: number;
  dateTime: string;
  requestId: string;
  part: string | null;
  method: string;
  path: string;
  query: string;
  status: number;
  milliseconds: number;
  caller: { application: string; kind: string; userPrincipalName: string | null } | null;
  permission: string | null;
  error: { code: string; number: number; message: string; target: string | null } | null;
}

export interface RecentRequests {
  requests: RecentRequest[] | undefined;
  error: Error | null;
}

/** The requests until now, followed while nobody pauses. */
export function useRecentRequests(isPaused: boolean): RecentRequests {
  const [requests, setRequests] = useState<RecentRequest[]>();
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    if (isPaused) return undefined;
    const ending = new AbortController();
    let timer = 0;
    // A number that was counted before the server was started anew would hide what came since.
    let after = 0;
    const look = async () => {
      try {
        const { value } = await graph<{ value: RecentRequest[] }>(`/_/requests?after=${after}`, { signal: ending.signal });
        const from = after;
        after = value[0]?.number ?? after;
        setRequests((known) => (from === 0 ? value : [...value, ...(known ?? [])]).slice(0, KEPT_MAX));
        setError(null);
      } catch (failure) {
        if (ending.signal.aborted) return;
        after = 0;
        setError(failure as Error);
      }
      timer = window.setTimeout(() => void look(), LOOK_MILLISECONDS);
    };
    void look();
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [isPaused]);
  return { requests, error };
}

/** The permissions that a refusal names as missing, the least one first; none if that is not why. */
export function missingOf({ status, error }: RecentRequest): string | null {
  if (status !== 403 || !error?.message.startsWith("Missing permission")) return null;
  return /token with (\S+?)[,.]?(?:\s|$)/.exec(error.message)?.[1] ?? null;
}

/** A query as people read it. */
export function readable(query: string): string {
  try {
    return decodeURIComponent(query);
  } catch {
    return query;
  }
}
