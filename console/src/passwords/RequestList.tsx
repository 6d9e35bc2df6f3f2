// Who waits for somebody else to approve of a look. Nobody approves of an own request.

import type { UseQueryResult } from "@tanstack/react-query";

import { Button } from "@fluentui/react-components";

import { useAct } from "../graph/act";
import { useCaller } from "../graph/caller";
import type { Collection, GraphError } from "../graph/client";
import { dateTime } from "../graph/dates";
import { Empty } from "../shell/Empty";
import { Failure } from "../shell/Failure";
import { Answer } from "../shell/Section";
import { Table } from "../shell/Table";
import { passwords } from "../texts/passwords";
import { approve, nameOf, type RevealRequest } from "./password";

const words = passwords.waiting;

export function RequestList({ requests }: { requests: UseQueryResult<Collection<RevealRequest>, GraphError> }) {
  const caller = useCaller();
  const { run, error, isBusy } = useAct();
  const rowOf = (request: RevealRequest) => {
    const { id, requestedBy, requestedByName, reason, ticket, requestedDateTime, expiresDateTime } = request;
    const action =
      requestedBy === caller?.id ? (
        words.own
      ) : (
        <Button size="small" disabledFocusable={isBusy} aria-label={words.approveOf(nameOf(request))} onClick={() => void run(() => approve(id))}>
          {words.approve}
        </Button>
      );
    return { key: id, cells: [nameOf(request), requestedByName ?? requestedBy, reason, ticket, dateTime(requestedDateTime), dateTime(expiresDateTime), action] };
  };
  const heads = [passwords.columns.serialNumber, words.who, words.why, words.ticket, words.when, words.until, words.action];
  return (
    <Answer answer={requests}>
      {({ value }) => (
        <>
          {error && <Failure error={error} />}
          {value.length === 0 ? <Empty title={words.none} next={words.next} /> : <Table label={passwords.requests(value.length)} heads={heads} rows={value.map(rowOf)} />}
        </>
      )}
    </Answer>
  );
}
