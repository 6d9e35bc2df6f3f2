// A grid of a whole collection: its rows, its errors, and what to do while it has none.

import { type ReactNode, useCallback, useState } from "react";

import { type Listing, useRows } from "../graph/rows";
import { Failure } from "../shell/Failure";
import type { Column, Order } from "./column";
import { Grid } from "./Grid";
import css from "./Grid.module.css";

interface ListingGridProps<T extends { id: string }> {
  label: string;
  listing: Listing;
  columns: Column<T>[];
  nameOf: (row: T) => string;
  order?: Order | null;
  onOrder?: (order: Order) => void;
  onOpen?: (row: T) => void;
  empty: ReactNode;
}

export function ListingGrid<T extends { id: string }>({ label, listing, columns, nameOf, order = null, onOrder, onOpen, empty }: ListingGridProps<T>) {
  const [range, setRange] = useState({ first: 0, last: 0 });
  const rows = useRows<T>(listing, range.first, range.last);
  const onRange = useCallback((first: number, last: number) => setRange({ first, last }), []);
  if (rows.error) return <Failure error={rows.error} retry={rows.refresh} />;
  if (rows.count === 0 && !rows.isLoading) return <>{empty}</>;
  return (
    <div className={css.whole}>
      <Grid key={JSON.stringify(listing)} label={label} columns={columns} rows={rows} order={order} onOrder={onOrder ?? (() => {})} onRange={onRange} nameOf={nameOf} {...(onOpen && { onOpen })} />
    </div>
  );
}
