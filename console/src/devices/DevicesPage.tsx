// The devices: searched, filtered and ordered by the server, selected for a change of many.

import { Button } from "@fluentui/react-components";
import { ArrowClockwiseRegular } from "@fluentui/react-icons";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";

import { type Listing, ROWS_MAX, useRows } from "../graph/rows";
import { type Column, orderOf, orderText } from "../grid/column";
import { Grid } from "../grid/Grid";
import { EVERYTHING, NOTHING, type Selection, size, toggle } from "../grid/selection";
import { Empty } from "../shell/Empty";
import { Failure } from "../shell/Failure";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import type { Chosen } from "./change";
import { ColumnMenu } from "./ColumnMenu";
import { COLUMNS, COLUMNS_DEFAULT } from "./columns";
import { type Device, DEVICES } from "./device";
import css from "./DevicesPage.module.css";
import { FilterBar } from "./FilterBar";
import { SelectionBar } from "./SelectionBar";
import { filterOf, isNarrowed, searchOf, type View, words } from "./view";

const route = getRouteApi("/devices");

export function DevicesPage() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const [range, setRange] = useState({ first: 0, last: 0 });
  const [selection, setSelection] = useState(NOTHING);
  const columns = useMemo(() => columnsOf(view), [view.columns]);
  const listing = useMemo(() => listingOf(view), [view]);
  const rows = useRows<Device>(listing, range.first, range.last);
  const change = (part: View) => {
    setRange({ first: 0, last: 0 });
    setSelection(NOTHING);
    void navigate({ search: { ...view, ...part }, replace: true });
  };
  const onRange = useCallback((first: number, last: number) => setRange({ first, last }), []);
  const isEmpty = rows.count === 0 && !rows.isLoading && !rows.error;
  return (
    <div className={css.page}>
      <PageHeader title={texts.devices.title} note={rows.error ? undefined : rows.isCounted ? texts.devices.count(rows.count) : texts.devices.counting}>
        <ColumnMenu shown={columns.map(({ name }) => name)} onChange={(names) => change({ columns: names.join(",") })} />
        <Button appearance="subtle" icon={<ArrowClockwiseRegular />} onClick={rows.refresh}>
          {texts.devices.refresh}
        </Button>
      </PageHeader>
      <FilterBar view={view} change={change} />
      {rows.error && <Failure error={rows.error} retry={rows.refresh} />}
      {rows.count === ROWS_MAX && <p className={css.note}>{texts.grid.cut}</p>}
      <SelectionBar chosen={chosenOf(selection, rows.count, listing)} clear={() => setSelection(NOTHING)} />
      {isEmpty ? (
        <Nothing isNarrowed={isNarrowed(view)} />
      ) : (
        <Grid
          key={JSON.stringify(listing)}
          label={texts.devices.title}
          columns={columns}
          rows={rows}
          order={orderOf(view.sort)}
          onOrder={(order) => change({ sort: orderText(order) })}
          onRange={onRange}
          onOpen={({ id }) => void navigate({ to: "/devices/$id", params: { id }, search: {} })}
          nameOf={(device) => device.serialNumber ?? device.id}
          selection={{
            value: selection,
            toggle: (id) => setSelection(toggle(selection, id)),
            toggleAll: () => setSelection(size(selection, rows.count) === 0 ? EVERYTHING : NOTHING),
          }}
        />
      )}
    </div>
  );
}

function chosenOf(selection: Selection, count: number, listing: Listing): Chosen {
  const chosen = size(selection, count);
  return selection.isAll ? { count: chosen, listing, except: selection.except } : { count: chosen, ids: [...selection.ids] };
}

function Nothing({ isNarrowed }: { isNarrowed: boolean }) {
  const { nothingTitle, nothingNext, emptyTitle, emptyNext } = texts.devices;
  return isNarrowed ? <Empty title={nothingTitle} next={nothingNext} /> : (
    <Empty title={emptyTitle} next={emptyNext}>
      <Link to="/import" className={css.link}>
        {texts.import.title}
      </Link>
    </Empty>
  );
}

function columnsOf(view: View): Column<Device>[] {
  const wanted = words(view.columns);
  const known = COLUMNS.filter(({ name }) => wanted.includes(name));
  return known.length > 0 ? known : COLUMNS.filter(({ name }) => COLUMNS_DEFAULT.includes(name));
}

function listingOf(view: View): Listing {
  const names = columnsOf(view).map(({ name }) => name);
  const options = { $filter: filterOf(view), $search: searchOf(view.search), $orderby: view.sort ?? "" };
  return { path: DEVICES, options, select: [...new Set(["serialNumber", ...names])] };
}
