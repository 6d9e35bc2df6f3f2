// The devices that reported of a configuration, by state; a row opens what became of each setting there.

import { Badge, Field, Select } from "@fluentui/react-components";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { dateTime } from "../graph/dates";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { Empty } from "../shell/Empty";
import { Section } from "../shell/Section";
import { configurations } from "../texts/configurations";
import { type DeviceRun, pathOf, RUN_STATES, TONES } from "./configuration";
import css from "./Configurations.module.css";
import { ResultsDialog } from "./ResultsDialog";

const route = getRouteApi("/configurations/$id");
const words = configurations.results;
const states = configurations.runs.states;

const COLORS = { good: "success", bad: "danger", waiting: "warning", neutral: "informative" } as const;

const column = (name: keyof typeof words.columns, width: number, cell: Column<DeviceRun>["cell"]): Column<DeviceRun> => ({ name, title: words.columns[name], width, cell, isSortable: false });

const nameOf = ({ deviceName, id }: DeviceRun) => deviceName || id;

export function ResultsSection({ id, state }: { id: string; state: string | undefined }) {
  const navigate = route.useNavigate();
  const [opened, setOpened] = useState<DeviceRun | null>(null);
  const chosen = RUN_STATES.find((member) => member === state);
  const listing = useMemo<Listing>(
    () => ({
      path: `${pathOf(id)}/deviceRunStates`,
      options: { $filter: chosen ? `configurationState eq '${chosen}'` : "", $orderby: "lastStateUpdateDateTime desc" },
      select: ["deviceName", "configurationState", "configurationError", "internalVersion", "upn", "lastStateUpdateDateTime"],
    }),
    [id, chosen],
  );
  const columns: Column<DeviceRun>[] = [
    column("deviceName", 160, nameOf),
    column("configurationState", 130, ({ configurationState: member }) => (
      <Badge appearance="tint" color={COLORS[TONES[member]]}>
        {states[member] ?? member}
      </Badge>
    )),
    column("configurationError", 240, ({ configurationError }) => configurationError),
    column("internalVersion", 80, ({ internalVersion }) => internalVersion),
    column("upn", 180, ({ upn }) => upn),
    column("lastStateUpdateDateTime", 160, ({ lastStateUpdateDateTime }) => dateTime(lastStateUpdateDateTime)),
  ];
  const empty = chosen ? <Empty title={words.nothingTitle} next={words.nothingNext} /> : <Empty title={words.emptyTitle} next={words.emptyNext} />;
  return (
    <Section title={words.title} isWide>
      <div className={css.states}>
        <Field label={words.filter} orientation="horizontal" className={css.field ?? ""}>
          <Select value={chosen ?? ""} onChange={(_, { value }) => void navigate({ search: value === "" ? {} : { state: value }, replace: true, resetScroll: false })}>
            <option value="">{words.all}</option>
            {RUN_STATES.map((member) => (
              <option key={member} value={member}>
                {states[member]}
              </option>
            ))}
          </Select>
        </Field>
        <ListingGrid label={words.title} listing={listing} columns={columns} nameOf={nameOf} onOpen={setOpened} empty={empty} />
      </div>
      {opened && <ResultsDialog configurationId={id} runId={opened.id} name={nameOf(opened)} close={() => setOpened(null)} />}
    </Section>
  );
}
