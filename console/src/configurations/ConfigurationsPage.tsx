// The BIOS configurations.

import { Link, useNavigate } from "@tanstack/react-router";

import { MAY } from "../graph/caller";
import { dateTime } from "../graph/dates";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { type Configuration, CONFIGURATIONS } from "./configuration";
import css from "./ConfigurationPage.module.css";

const words = texts.configurations;
const LISTING: Listing = { path: CONFIGURATIONS, options: { $orderby: "displayName" }, select: ["displayName", "description", "fileName", "version", "lastModifiedDateTime"] };

const COLUMNS: Column<Configuration>[] = [
  {
    name: "displayName",
    title: words.name,
    width: 220,
    isSortable: false,
    cell: (configuration) => (
      <Link to="/configurations/$id" params={{ id: configuration.id }} className={css.link} tabIndex={-1}>
        {configuration.displayName}
      </Link>
    ),
  },
  { name: "description", title: words.description, width: 240, isSortable: false, cell: (configuration) => configuration.description },
  { name: "fileName", title: words.file, width: 180, isSortable: false, cell: (configuration) => configuration.fileName },
  { name: "version", title: words.version, width: 80, isSortable: false, cell: (configuration) => configuration.version },
  { name: "lastModifiedDateTime", title: words.modified, width: 170, isSortable: false, cell: (configuration) => dateTime(configuration.lastModifiedDateTime) },
];

export function ConfigurationsPage() {
  const navigate = useNavigate();
  const open = (id: string) => void navigate({ to: "/configurations/$id", params: { id } });
  return (
    <div className={css.page}>
      <PageHeader title={words.title}>
        <AllowedButton appearance="primary" may={MAY.changeConfigurations} onClick={() => open("new")}>
          {words.new}
        </AllowedButton>
      </PageHeader>
      <ListingGrid label={words.title} listing={LISTING} columns={COLUMNS} nameOf={({ displayName }) => displayName} onOpen={({ id }) => open(id)} empty={<Empty title={words.emptyTitle} next={words.emptyNext} />} />
    </div>
  );
}
