// The BIOS configurations, and the way to upload another.

import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { MAY, useMissing } from "../graph/caller";
import { dateTime } from "../graph/dates";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { configurations as words } from "../texts/configurations";
import { type Configuration, CONFIGURATIONS } from "./configuration";
import css from "./Configurations.module.css";
import { UploadDialog } from "./UploadDialog";

const LISTING: Listing = {
  path: CONFIGURATIONS,
  options: { $orderby: "displayName" },
  select: ["displayName", "fileName", "hardwareConfigurationFormat", "version", "lastModifiedDateTime"],
};

const titles = words.columns;

const COLUMNS: Column<Configuration>[] = [
  {
    name: "displayName",
    title: titles.displayName,
    width: 240,
    isSortable: false,
    cell: ({ id, displayName }) => (
      <Link to="/configurations/$id" params={{ id }} className={css.link ?? ""} tabIndex={-1}>
        {displayName}
      </Link>
    ),
  },
  { name: "fileName", title: titles.fileName, width: 200, isSortable: false, cell: ({ fileName }) => fileName },
  { name: "hardwareConfigurationFormat", title: titles.hardwareConfigurationFormat, width: 130, isSortable: false, cell: ({ hardwareConfigurationFormat: format }) => words.formats[format] ?? format },
  { name: "version", title: titles.version, width: 90, isSortable: false, cell: ({ version }) => version },
  { name: "lastModifiedDateTime", title: titles.lastModifiedDateTime, width: 180, isSortable: false, cell: ({ lastModifiedDateTime }) => dateTime(lastModifiedDateTime) },
];

export function ConfigurationsPage() {
  const navigate = useNavigate();
  const missing = useMissing(MAY.readConfigurations);
  const [isUploading, setIsUploading] = useState(false);
  const open = (id: string) => void navigate({ to: "/configurations/$id", params: { id }, search: {} });
  return (
    <div className={css.page}>
      <PageHeader title={words.title}>
        <AllowedButton appearance="primary" may={MAY.changeConfigurations} onClick={() => setIsUploading(true)}>
          {words.upload}
        </AllowedButton>
      </PageHeader>
      {missing !== null ? (
        <Empty title={texts.error.needs(missing)} next={texts.error.todo(403)} />
      ) : (
        <ListingGrid
          label={words.title}
          listing={LISTING}
          columns={COLUMNS}
          nameOf={({ displayName }) => displayName}
          onOpen={({ id }) => open(id)}
          empty={<Empty title={words.emptyTitle} next={words.emptyNext} />}
        />
      )}
      {isUploading && <UploadDialog configuration={null} open={open} close={() => setIsUploading(false)} />}
    </div>
  );
}
