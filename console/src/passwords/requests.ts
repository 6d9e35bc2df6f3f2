// Requests to be shown passwords, which wait for somebody else to approve of them. Who looks at some is told of changes.

import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { useCaller } from "../graph/caller";
import { type Collection, graph, type GraphError } from "../graph/client";
import { PASSWORDS } from "./password";

const PATH = `${PASSWORDS}/muster.requests()`;
const WATCHED_MILLISECONDS = 5_000;

export interface RevealRequest {
  id: string;
  serialNumber: string | null;
  requestedBy: string;
  requestedByName?: string | null;
  reason: string | null;
  ticket?: string | null;
  requestedDateTime: string;
  expiresDateTime: string;
}

/** The requests that wait; read again every few seconds while there are some that `isWatched` says so of. */
export function useRequests(isAllowed: boolean, isWatched: (requests: RevealRequest[]) => boolean): UseQueryResult<Collection<RevealRequest>, GraphError> {
  return useQuery<Collection<RevealRequest>, GraphError>({
    queryKey: ["resource", PATH],
    queryFn: ({ signal }) => graph(PATH, { signal }),
    enabled: isAllowed,
    refetchInterval: ({ state }) => isWatched(state.data?.value ?? []) && WATCHED_MILLISECONDS,
  });
}

/** How it stands with the caller's own request for a record. */
export interface Standing {
  state: "none" | "waiting" | "approved";
  /** The request, while it waits and when it is approved. */
  request: RevealRequest | null;
  /** The approval is used up. */
  forget: () => void;
  error: GraphError | null;
}

/** The caller's own request: the server lists it until somebody approves, or until it ends. */
export function useStanding(id: string): Standing {
  const caller = useCaller();
  const isOwn = (request: RevealRequest) => request.id === id && request.requestedBy === caller?.id;
  const { data, error } = useRequests(true, (requests) => requests.some(isOwn));
  const own = data?.value.find(isOwn) ?? null;
  const [seen, setSeen] = useState<RevealRequest | null>(null);
  useEffect(() => {
    if (own) setSeen(own);
  }, [own]);
  const isApproved = !own && seen !== null && Date.now() < Date.parse(seen.expiresDateTime);
  return { state: own ? "waiting" : isApproved ? "approved" : "none", request: own ?? seen, forget: () => setSeen(null), error };
}
