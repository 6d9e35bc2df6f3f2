// The deleted records, as long as they can be restored.

import { Button } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";

import { useAct } from "../graph/act";
import { MAY } from "../graph/caller";
import { type Collection, graph, type GraphError, literal } from "../graph/client";
import { dateTime } from "../graph/dates";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { Failure } from "../shell/Failure";
import { Answer } from "../shell/Section";
import { Table } from "../shell/Table";
import { passwords } from "../texts/passwords";
import { type DeletedRecord, nameOf, PASSWORDS, restore } from "./password";
import css from "./Passwords.module.css";

const words = passwords.gone;
/** So many the server lists in one answer. */
const LISTED_MAX = 1_000;

export function DeletedList() {
  const { run, error, isBusy } = useAct();
  const pages = useInfiniteQuery<Collection<DeletedRecord>, GraphError, DeletedRecord[], string[], string>({
    queryKey: ["resource", "deleted passwords"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => graph(`${PASSWORDS}/muster.deleted(after=${encodeURIComponent(literal(pageParam))})`, { signal }),
    getNextPageParam: ({ value }) => (value.length < LISTED_MAX ? null : (value.at(-1)?.id ?? null)),
    select: ({ pages }) => pages.flatMap(({ value }) => value),
  });
  const rowOf = (record: DeletedRecord) => ({
    key: record.id,
    cells: [
      nameOf(record),
      record.id,
      dateTime(record.deletedDateTime),
      dateTime(record.restorableUntilDateTime),
      <AllowedButton key="restore" size="small" may={MAY.changeConfigurations} disabled={isBusy} aria-label={words.restoreOf(nameOf(record))} onClick={() => void run(() => restore(record.id))}>
        {words.restore}
      </AllowedButton>,
    ],
  });
  return (
    <Answer answer={pages}>
      {(records) => (
        <>
          {error && (
            <div className={css.failure}>
              <Failure error={error} />
            </div>
          )}
          {records.length === 0 ? (
            <Empty title={words.none} next={words.next} />
          ) : (
            <Table label={passwords.deleted} heads={[passwords.columns.serialNumber, passwords.columns.id, words.when, words.until, words.action]} rows={records.map(rowOf)} />
          )}
          {pages.hasNextPage && <Button onClick={() => void pages.fetchNextPage()}>{words.more}</Button>}
        </>
      )}
    </Answer>
  );
}
