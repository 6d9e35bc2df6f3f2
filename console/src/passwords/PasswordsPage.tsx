// The records of BIOS passwords: which there are, and the way to what they hold. Passwords are in no list.

import { Button, SearchBox } from "@fluentui/react-components";
import { useMemo, useState } from "react";

import { MAY } from "../graph/caller";
import { literal } from "../graph/client";
import type { Listing } from "../graph/rows";
import type { Column } from "../grid/column";
import { ListingGrid } from "../grid/ListingGrid";
import { AllowedButton } from "../shell/Allowed";
import { Empty } from "../shell/Empty";
import { PageHeader } from "../shell/PageHeader";
import { texts } from "../texts";
import { type PasswordRecord, PASSWORDS } from "./password";
import css from "./PasswordsPage.module.css";
import { RequestsSection } from "./RequestsSection";
import { RevealDialog } from "./RevealDialog";
import { RotateDialog } from "./RotateDialog";

const words = texts.passwords;

type Opened = { record: PasswordRecord; as: "reveal" | "rotate" };

export function PasswordsPage() {
  const [search, setSearch] = useState("");
  const [opened, setOpened] = useState<Opened | null>(null);
  const listing = useMemo<Listing>(
    () => ({ path: PASSWORDS, options: { $filter: search ? `startswith(serialNumber,${literal(search)})` : "", $orderby: "serialNumber" }, select: ["serialNumber"] }),
    [search],
  );
  const columns = useMemo<Column<PasswordRecord>[]>(() => [
    { name: "serialNumber", title: texts.devices.columns.serialNumber, width: 200, cell: (record) => record.serialNumber, isSortable: false },
    { name: "id", title: words.record, width: 300, cell: (record) => record.id, isSortable: false },
    {
      name: "actions",
      title: words.actions,
      width: 240,
      isSortable: false,
      cell: (record) => (
        <span className={css.actions}>
          <Button size="small" onClick={() => setOpened({ record, as: "reveal" })} aria-label={words.revealOf(record.serialNumber ?? record.id)}>
            {words.reveal}
          </Button>
          <AllowedButton size="small" may={MAY.changeConfigurations} onClick={() => setOpened({ record, as: "rotate" })} aria-label={words.rotateOf(record.serialNumber ?? record.id)}>
            {words.rotate}
          </AllowedButton>
        </span>
      ),
    },
  ], []);
  const close = () => setOpened(null);
  return (
    <div className={css.page}>
      <PageHeader title={words.title} />
      <RequestsSection />
      <SearchBox className={css.search ?? ""} aria-label={words.search} placeholder={words.search} value={search} onChange={(_, { value }) => setSearch(value.trim())} />
      <ListingGrid
        label={words.title}
        listing={listing}
        columns={columns}
        nameOf={(record) => record.serialNumber ?? record.id}
        onOpen={(record) => setOpened({ record, as: "reveal" })}
        empty={<Empty title={search ? words.nothingTitle : words.emptyTitle} next={search ? words.nothingNext : words.emptyNext} />}
      />
      {opened?.as === "reveal" && <RevealDialog record={opened.record} close={close} />}
      {opened?.as === "rotate" && <RotateDialog record={opened.record} close={close} />}
    </div>
  );
}
