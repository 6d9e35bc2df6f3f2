// What the server would find in a file, before it has it.

import { Spinner, Text } from "@fluentui/react-components";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";

import type { GraphError } from "../graph/error";
import { Failure } from "../shell/Failure";
import { configurations } from "../texts/configurations";
import { type Examination, lint } from "./configuration";
import { FindingTable } from "./FindingTable";

const words = configurations.findings;

/** The examination of a file in Base64; none is asked for while there is no file. */
export function useExamination(content: string | null, format: string): UseQueryResult<Examination, GraphError> {
  return useQuery<Examination, GraphError>({
    queryKey: ["examination", content, format],
    queryFn: ({ signal }) => lint(content ?? "", format, signal),
    enabled: content !== null,
  });
}

export function ExaminationView({ examination }: { examination: UseQueryResult<Examination, GraphError> }) {
  if (examination.error) return <Failure error={examination.error} retry={() => void examination.refetch()} />;
  if (!examination.data) return <Spinner size="tiny" label={words.looking} labelPosition="after" />;
  const { findings, isRefused } = examination.data;
  return (
    <div role="status" aria-label={words.title}>
      <FindingTable findings={findings} />
      {isRefused && <Text weight="semibold">{words.refused}</Text>}
    </div>
  );
}
