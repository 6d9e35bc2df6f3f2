// What tools ask of the server, as it comes: how it ended, how long it took, by which permission, and what was wrong.

import { Badge, Button, Checkbox, Text } from "@fluentui/react-components";
import { useState } from "react";

import { useCaller } from "../graph/caller";
import { Empty } from "../shell/Empty";
import { Failure } from "../shell/Failure";
import { Section } from "../shell/Section";
import { Table } from "../shell/Table";
import { requests as words } from "../texts/requests";
import css from "./Requests.module.css";
import { missingOf, type RecentRequest, useRecentRequests } from "./request";
import { RequestDialog } from "./RequestDialog";

/** More are not looked at one by one. */
const SHOWN_MAX = 100;
const FAILED = 400;
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function RequestsSection() {
  const caller = useCaller();
  const [isPaused, setIsPaused] = useState(false);
  const [withOwn, setWithOwn] = useState(false);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [opened, setOpened] = useState<RecentRequest | null>(null);
  const { requests, error } = useRecentRequests(isPaused);
  const isOwn = (request: RecentRequest) => request.caller?.application === caller?.application;
  const wanted = (requests ?? []).filter((request) => (withOwn || !isOwn(request)) && (!onlyFailed || request.status >= FAILED));
  return (
    <Section title={words.title} isWide>
      <Text as="p" className={css.note ?? ""}>
        {words.note}
      </Text>
      <div className={css.bar}>
        <Button onClick={() => setIsPaused(!isPaused)}>{isPaused ? words.resume : words.pause}</Button>
        <Checkbox label={words.failed} checked={onlyFailed} onChange={(_, { checked }) => setOnlyFailed(checked === true)} />
        <Checkbox label={words.own} checked={withOwn} onChange={(_, { checked }) => setWithOwn(checked === true)} />
        <Text>{words.shown(wanted.length)}</Text>
      </div>
      {error && <Failure error={error} />}
      {requests && wanted.length === 0 && <Empty title={words.none} next={words.noneNext} />}
      {wanted.length > 0 && <Table label={words.title} heads={Object.values(words.heads)} rows={wanted.slice(0, SHOWN_MAX).map((request) => rowOf(request, () => setOpened(request)))} />}
      {opened && <RequestDialog request={opened} close={() => setOpened(null)} />}
    </Section>
  );
}

function rowOf(request: RecentRequest, open: () => void) {
  const { number, dateTime, method, path, status, milliseconds, permission, error } = request;
  const missing = missingOf(request);
  return {
    key: String(number),
    cells: [
      <span key="when" className={css.tight}>
        {TIME.format(new Date(dateTime))}
      </span>,
      <Button key="open" appearance="transparent" size="small" className={css.request ?? ""} onClick={open}>
        {words.open(method, path)}
      </Button>,
      <Badge key="status" appearance="tint" color={status >= 500 ? "danger" : status >= FAILED ? "warning" : "success"}>
        {status}
      </Badge>,
      <span key="time" className={css.tight}>
        {words.milliseconds(milliseconds)}
      </span>,
      missing ? `${words.missing}: ${missing}` : permission,
      error?.message,
    ],
  };
}
