// The proof of the chain: the server follows it part by part, and this keeps how far it is.

import { useEffect, useRef, useState } from "react";

import { graph } from "../graph/client";
import { EVENTS } from "./event";

export interface Checkpoint {
  sequence: number;
  hash: string;
  dateTime: string;
  publicKey: string;
  signature: string;
}

interface Part {
  records: number;
  last: number;
  isEnd: boolean;
  fault: string | null;
  checkpoints: number;
  lastCheckpoint: Checkpoint | null;
}

export interface Proof {
  records: number;
  checkpoints: number;
  isEnd: boolean;
  fault: string | null;
  lastCheckpoint: Checkpoint | null;
}

export interface Verification {
  proof: Proof | null;
  error: Error | null;
  isBusy: boolean;
  begin: () => void;
}

const NOTHING: Proof = { records: 0, checkpoints: 0, isEnd: false, fault: null, lastCheckpoint: null };

async function verify(report: (proof: Proof) => void, signal: AbortSignal): Promise<void> {
  let proof = NOTHING;
  for (let after = 0; !proof.isEnd && proof.fault === null; ) {
    const part = await graph<Part>(`${EVENTS}/muster.verify(${after > 0 ? `after=${after}` : ""})`, { signal });
    const { isEnd, fault, lastCheckpoint } = part;
    proof = { isEnd, fault, lastCheckpoint, records: proof.records + Number(part.records), checkpoints: proof.checkpoints + part.checkpoints };
    after = Number(part.last);
    report(proof);
  }
}

export function useVerification(): Verification {
  const [proof, setProof] = useState<Proof | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const begin = () => {
    const ending = new AbortController();
    leaving.current = ending;
    setProof(null);
    setError(null);
    setIsBusy(true);
    verify(setProof, ending.signal)
      .catch((failure: Error) => ending.signal.aborted || setError(failure))
      .finally(() => setIsBusy(false));
  };
  return { proof, error, isBusy, begin };
}
