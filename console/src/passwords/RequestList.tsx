// Who waits for somebody else to approve of a look. Nobody approves of an own request.

import { Button, Text } from "@fluentui/react-components";
import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useAct } from "../graph/act";
import { useCaller } from "../graph/caller";
import type { Collection, GraphError } from "../graph/client";
import { dateTime } from "../graph/dates";
import { Empty } from "../shell/Empty";
import { Failure } from "../shell/Failure";
import { Answer } from "../shell/Section";
import { Table } from "../shell/Table";
import { passwords } from "../texts/passwords";
import { approve, nameOf } from "./password";
import css from "./Passwords.module.css";
import type { RevealRequest } from "./requests";

const words = passwords.waiting;

export function RequestList({ requests }: { requests: UseQueryResult<Collection<RevealRequest>, GraphError> }) {
  const caller = useCaller();
  const { run, error, isBusy } = useAct();
  const [approved, setApproved] = useState<RevealRequest | null>(null);
  const whoOf = ({ requestedBy, requestedByName }: RevealRequest) => requestedByName ?? requestedBy;
  const give = async (request: RevealRequest) => {
    setApproved(null);
    if (await run(() => approve(request.id))) setApproved(request);
  };
  const rowOf = (request: RevealRequest) => {
    const { id, requestedBy, reason, ticket, requestedDateTime, expiresDateTime } = request;
    const action =
      requestedBy === caller?.id ? (
        words.own
      ) : (
        <Button size="small" disabledFocusable={isBusy} aria-label={words.approveOf(nameOf(request))} onClick={() => void give(request)}>
          {words.approve}
        </Button>
      );
    const name = (
      <Link key="name" to="/passwords/$id" params={{ id }} className={css.link ?? ""}>
        {nameOf(request)}
      </Link>
    );
    return { key: id, cells: [name, whoOf(request), reason, ticket, dateTime(requestedDateTime), dateTime(expiresDateTime), action] };
  };
  const heads = [passwords.columns.serialNumber, words.who, words.why, words.ticket, words.when, words.until, words.action];
  return (
    <Answer answer={requests}>
      {({ value }) => (
        <>
          {error && (
            <div className={css.failure}>
              <Failure error={error} />
            </div>
          )}
          {approved && (
            <Text as="p" className={css.note ?? ""} role="status">
              {words.approved(nameOf(approved), whoOf(approved), dateTime(approved.expiresDateTime))}
            </Text>
          )}
          {value.length === 0 ? <Empty title={words.none} next={words.next} /> : <Table label={passwords.requests(value.length)} heads={heads} rows={value.map(rowOf)} />}
        </>
      )}
    </Answer>
  );
}
