// The grid of records: whose they are and, where the server tells it, how old they are and in which state.

import { SearchBox, Text } from "@fluentui/react-components";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";

import { literal } from "../graph/client";
import { dateTime } from "../graph/dates";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { Empty } from "../shell/Empty";
import { passwords as words } from "../texts/passwords";
import { ageOf } from "./age";
import { nameOf, type PasswordRecord, PASSWORDS } from "./password";
import css from "./Passwords.module.css";

interface RecordListProps {
  metadata: readonly (keyof PasswordRecord)[];
  search: string;
  onSearch: (text: string) => void;
}

const titles = words.columns;

const COLUMNS: Column<PasswordRecord>[] = [
  {
    name: "serialNumber",
    title: titles.serialNumber,
    width: 180,
    isSortable: false,
    cell: (record) => (
      <Link to="/passwords/$id" params={{ id: record.id }} className={css.link ?? ""} tabIndex={-1}>
        {nameOf(record)}
      </Link>
    ),
  },
  {
    name: "currentPasswordDateTime",
    title: titles.currentPasswordDateTime,
    width: 220,
    isSortable: false,
    cell: ({ currentPasswordDateTime: set }) => (set ? `${dateTime(set)} (${ageOf(set)})` : words.unknown),
  },
  { name: "previousPasswordCount", title: titles.previousPasswordCount, width: 165, isSortable: false, cell: ({ previousPasswordCount }) => previousPasswordCount ?? words.unknown },
  { name: "passwordState", title: titles.passwordState, width: 160, isSortable: false, cell: ({ passwordState }) => words.states[passwordState ?? ""] ?? passwordState },
  { name: "id", title: titles.id, width: 300, isSortable: false, cell: ({ id }) => id },
];

export function RecordList({ metadata, search, onSearch }: RecordListProps) {
  const navigate = useNavigate();
  const listing = useMemo<Listing>(() => {
    const filter = search ? `startswith(serialNumber,${literal(search)})` : "";
    return { path: PASSWORDS, options: { $filter: filter, $orderby: "serialNumber" }, select: ["serialNumber", ...metadata] };
  }, [search, metadata]);
  const shown = COLUMNS.filter(({ name }) => name === "serialNumber" || name === "id" || (metadata as readonly string[]).includes(name));
  return (
    <>
      <SearchBox className={css.search ?? ""} aria-label={words.search} placeholder={words.search} value={search} onChange={(_, { value }) => onSearch(value.trim())} />
      {metadata.length === 0 && (
        <Text as="p" className={css.note ?? ""}>
          {words.documented}
        </Text>
      )}
      <ListingGrid
        label={words.title}
        listing={listing}
        columns={shown}
        nameOf={nameOf}
        onOpen={({ id }) => void navigate({ to: "/passwords/$id", params: { id } })}
        empty={<Empty title={search ? words.nothingTitle : words.emptyTitle} next={search ? words.nothingNext : words.emptyNext} />}
      />
    </>
  );
}
